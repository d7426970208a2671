using System.Runtime.InteropServices;

namespace Nuke.Common.Execution;

/// <summary>The first lines of a build.</summary>
internal static class Logo
{
    private static readonly string[] Lines =
    [
        "███╗   ██╗██╗   ██╗██╗  ██╗███████╗",
        "████╗  ██║██║   ██║██║ ██╔╝██╔════╝",
        "██╔██╗ ██║██║   ██║█████╔╝ █████╗  ",
        "██║╚██╗██║██║   ██║██╔═██╗ ██╔══╝  ",
        "██║ ╚████║╚██████╔╝██║  ██╗███████╗",
        "╚═╝  ╚═══╝ ╚═════╝ ╚═╝  ╚═╝╚══════╝",
    ];

    public static void Write(Theme theme)
    {
        theme.WriteDebug();
        foreach (var line in Lines)
        {
            theme.WriteDebug(line.Replace(' ', '\u00A0'));
        }

        theme.WriteDebug();
        theme.WriteInformation($"NUKE Execution Engine version 10.1.0 ({Platform},.NETCoreApp,Version=v{Environment.Version.ToString(2)})");
        theme.WriteInformation();
    }

    private static string Platform => OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsLinux() ? "Linux" : RuntimeInformation.OSDescription.Split(' ')[0];
}
