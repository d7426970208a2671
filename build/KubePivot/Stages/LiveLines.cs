namespace KubePivot.Stages;

/// <summary>Lines at the bottom of a terminal that are drawn over again and again (ECMA-48: cursor up, erase to the end).</summary>
/// <param name="terminal">Where they are drawn.</param>
/// <param name="size">Columns and rows of the terminal, asked for each time: people change it.</param>
public sealed class LiveLines(TextWriter terminal, Func<(int Columns, int Rows)> size)
{
    private int drawn;

    /// <summary>Puts lines in the place of those that are there. What does not fit is cut: a line that wrapped could not be erased.</summary>
    public void Draw(IReadOnlyList<string> lines)
    {
        var (columns, rows) = size();
        var fitting = Math.Max(1, rows - 1);
        IEnumerable<string> shown = lines.Count <= fitting ? lines : [.. lines.Take(fitting - 1), $"… and {lines.Count - fitting + 1} more"];
        Erase();
        foreach (var line in shown)
        {
            terminal.Write($"{(line.Length < columns ? line : line[..Math.Max(0, columns - 1)])}\n");
            drawn++;
        }

        terminal.Flush();
    }

    /// <summary>Takes them away, so that something else can be printed there.</summary>
    public void Erase()
    {
        if (drawn > 0)
        {
            terminal.Write($"\u001b[{drawn}A\u001b[J");
            drawn = 0;
        }
    }
}
