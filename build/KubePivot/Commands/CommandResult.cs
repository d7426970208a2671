namespace KubePivot.Commands;

/// <summary>What a finished command left behind, run here or on a node.</summary>
/// <param name="Where">Name of the node, or null for the build host.</param>
/// <param name="Command">The command as one could paste it, secrets already redacted.</param>
public sealed record CommandResult(string? Where, string Command, int ExitCode, string StandardOutput, string StandardError)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Returns this result if the command exited with 0.</summary>
    /// <exception cref="StageException">It did not: the message names node, command, exit code, and the last lines of both outputs.</exception>
    public CommandResult ThrowOnFailure(string? whileDoing = null, string? nextStep = null)
    {
        if (Succeeded)
        {
            return this;
        }

        var lines = new List<string>
        {
            $"{(Where == null ? "" : $"{Where}: ")}{whileDoing ?? "A command failed"}: exit code {ExitCode}.",
            $"  > {Command}",
        };
        lines.AddRange(Indented(StandardError.Trim().Length > 0 ? StandardError : StandardOutput));
        if (nextStep != null)
        {
            lines.Add(nextStep);
        }

        throw new StageException(string.Join(Environment.NewLine, lines));
    }

    private static IEnumerable<string> Indented(string text) =>
        text.TrimEnd().Split('\n').TakeLast(30).Where(line => line.Trim().Length > 0).Select(line => $"    {line.TrimEnd()}");
}
