using Nuke.Common.Execution;
using Nuke.Common.IO;

namespace Nuke.Common;

public abstract partial class NukeBuild
{
    /// <summary>Read before everything else: from the command line and the environment only.</summary>
    static NukeBuild()
    {
        RootDirectory = FindRootDirectory();
        TemporaryDirectory = RootDirectory / ".nuke" / "temp";
        Directory.CreateDirectory(TemporaryDirectory);
        Verbosity = ParameterService.Instance.Get<Verbosity?>("Verbosity") ?? Verbosity.Normal;
        Host = Host.Create(ParameterService.Instance.Get<string>("Host"));
        LoadedLocalProfiles = ParameterService.Instance.Get<string[]>("Profile") ?? [];
    }

    [Parameter("Root directory during build execution.", Name = "Root")]
    public static AbsolutePath RootDirectory { get; }

    /// <summary><c>.nuke/temp</c>.</summary>
    public static AbsolutePath TemporaryDirectory { get; }

    [Parameter("Logging verbosity during build execution. Default is 'Normal'.")]
    public static Verbosity Verbosity
    {
        get => Logging.Verbosity;
        set => Logging.Verbosity = value;
    }

    [Parameter("Host for execution. Default is 'automatic'.")]
    public static Host Host { get; set; }

    [Parameter("Defines the profiles to load.", Name = "Profile")]
    public static string[] LoadedLocalProfiles { get; }

    public static bool IsLocalBuild => !IsServerBuild;

    public static bool IsServerBuild => Host is CI.IBuildServer;

    /// <summary><c>--root PATH</c>; <c>--root</c> alone: the working directory; else the nearest parent of it that has <c>.nuke</c>.</summary>
    private static AbsolutePath FindRootDirectory()
    {
        if (ParameterService.Instance.HasOption("Root"))
        {
            return ParameterService.Instance.Get<AbsolutePath>("Root") ?? EnvironmentInfo.WorkingDirectory;
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        for (var directory = EnvironmentInfo.WorkingDirectory; directory != null; directory = directory.Parent)
        {
            if (directory != home && (Directory.Exists(directory / ".nuke") || File.Exists(directory / ".nuke")))
            {
                return directory;
            }
        }

        throw new ArgumentException(string.Join(
            Environment.NewLine,
            $"Could not locate '.nuke' directory/file while walking up from '{EnvironmentInfo.WorkingDirectory}'.",
            "Either create a directory/file to mark the root directory, or add '--root [path]' to the invocation."));
    }
}
