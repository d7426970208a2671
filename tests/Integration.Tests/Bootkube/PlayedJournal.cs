namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>A script in place of journalctl, which says what containerd would have logged, line by line, and goes on as <c>--follow</c> does.</summary>
public sealed class PlayedJournal : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-journal-").FullName;

    public PlayedJournal(params string[] lines)
    {
        var script = Path.Combine(folder, "journalctl");
        File.WriteAllLines(Path.Combine(folder, "lines"), lines);
        File.WriteAllText(script, "#!/bin/sh\ncat \"$(dirname \"$0\")/lines\"\nexec sleep 300\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>PATH of a program that is to find it.</summary>
    public string SearchPath => $"{folder}:{Environment.GetEnvironmentVariable("PATH")}";

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
