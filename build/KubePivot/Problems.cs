namespace KubePivot;

/// <summary>One thing that is wrong with the input: where, what was found, and the rule that it breaks.</summary>
/// <param name="Path">Place in the input, as in <c>nodes[2].name</c>.</param>
/// <param name="Value">What was found there, as text; null when nothing was.</param>
/// <param name="Rule">What was expected, and what to do.</param>
public sealed record Problem(string Path, string? Value, string Rule)
{
    public override string ToString() => Value == null ? $"{Printable.Value(Path)}: {Printable.Lines(Rule)}" : $"{Printable.Value(Path)} '{Printable.Value(Value)}': {Printable.Lines(Rule)}";
}

/// <summary>The user's input is wrong: exit code 2, nothing was changed.</summary>
public sealed class InvalidInputException(string summary, IReadOnlyList<Problem> problems)
    : Exception(string.Join(Environment.NewLine, [Printable.Lines(summary), .. problems.Take(MostShown).Select(problem => $"  - {problem}"), .. problems.Count > MostShown ? [$"  - and {problems.Count - MostShown} more"] : Array.Empty<string>()]))
{
    /// <summary>So many are shown: a file of another kind may be wrong in every line.</summary>
    private const int MostShown = 100;

    public InvalidInputException(string summary)
        : this(summary, [])
    {
    }

    public IReadOnlyList<Problem> Problems { get; } = problems;
}

/// <summary>
/// A stage could not do its work: exit code 1. The message is for the person at the terminal: what was being done, on which node,
/// what was observed, what was expected, what to do next. It never holds a secret.
/// </summary>
public class StageException : Exception
{
    public StageException(string message, Exception? innerException = null)
        : base(Printable.Lines(message), innerException)
    {
    }
}
