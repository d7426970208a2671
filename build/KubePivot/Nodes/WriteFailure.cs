using KubePivot.Commands;

namespace KubePivot.Nodes;

/// <summary>Puts the words of tar, mv and others about a file that could not be written into an error with a next step.</summary>
internal static class WriteFailure
{
    private static readonly (string Words, string NextStep)[] Causes =
    [
        ("No space left on device", "Free some space there (df -h shows the file systems), then run the same again."),
        ("Disk quota exceeded", "Raise the quota, then run the same again."),
        ("Read-only file system", "The machine has put the file system into read-only state, often after a disk error: look at its kernel log, or make the machine anew."),
        ("Is a directory", "A folder lies where a file belongs: look what it is, and move it away."),
        ("cannot overwrite directory", "A folder lies where a file belongs: look what it is, and move it away."),
        ("invalid user", "The package that brings this user is missing on the machine: run ./build.sh VagrantUp --force."),
        ("invalid group", "The package that brings this group is missing on the machine: run ./build.sh VagrantUp --force."),
        ("Operation not permitted", "The file may be immutable (lsattr), or the folder is not the machine's own."),
    ];

    /// <exception cref="StageException">The command failed: names the node, what the tools said (the file among it), and what to do.</exception>
    public static void ThrowIfFailed(CommandResult result)
    {
        var cause = Causes.FirstOrDefault(cause => result.StandardError.Contains(cause.Words, StringComparison.Ordinal));
        result.ThrowOnFailure($"could not write the files{(cause.Words == null ? "" : $" ({cause.Words})")}", cause.NextStep);
    }
}
