using Nuke.Common.IO;

namespace Nuke.Common;

public static class EnvironmentInfo
{
    /// <summary>The words of the call, without the program.</summary>
    public static IReadOnlyCollection<string> CommandLineArguments { get; } = Environment.GetCommandLineArgs()[1..];

    public static AbsolutePath WorkingDirectory => Environment.CurrentDirectory;

    public static bool IsWin => OperatingSystem.IsWindows();

    public static bool IsUnix => !IsWin;

    public static bool IsLinux => OperatingSystem.IsLinux();

    /// <summary>Whether an option was given, compared without dashes and case.</summary>
    public static bool HasArgument(string name) => ParameterService.Instance.HasOption(name);

    public static string GetVariable(string name) => Environment.GetEnvironmentVariable(name);

    public static bool HasVariable(string name, bool allowEmpty = true) => GetVariable(name) is { } value && (allowEmpty || value.Length > 0);
}
