namespace KubePivot.Kubernetes;

/// <summary>The table of pods that is printed while the cluster starts: NAME READY STATUS RESTARTS AGE.</summary>
public static class PodTable
{
    private const string HomeNamespace = "kube-system";

    private const string Gap = "   ";

    /// <summary>The table's lines, the header first; just one line if there are no pods yet.</summary>
    /// <param name="rows">In any order; pods of kube-system come first, those of other namespaces as <c>NAMESPACE/NAME</c>.</param>
    public static IReadOnlyList<string> Lines(IEnumerable<PodRow> rows, DateTimeOffset now)
    {
        string[][] cells =
        [
            ["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
            .. Ordered(rows).Select(row => new[] { NameOf(row), row.Ready, row.Status, $"{row.Restarts}", AgeOf(row, now) }),
        ];
        if (cells.Length == 1)
        {
            return ["No pods yet."];
        }

        var widths = Enumerable.Range(0, cells[0].Length).Select(column => cells.Max(line => line[column].Length)).ToArray();
        return [.. cells.Select(line => string.Join(Gap, line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd())];
    }

    /// <summary>What a change of the table is told by: all but the ages.</summary>
    public static string Fingerprint(IEnumerable<PodRow> rows) =>
        string.Join('\n', Ordered(rows).Select(row => $"{NameOf(row)} {row.Ready} {row.Status} {row.Restarts}"));

    /// <summary>A pod's name as the table shows it.</summary>
    internal static string NameOf(PodRow row) => row.Namespace == HomeNamespace ? row.Name : $"{row.Namespace}/{row.Name}";

    private static IEnumerable<PodRow> Ordered(IEnumerable<PodRow> rows) =>
        rows.OrderBy(row => row.Namespace != HomeNamespace).ThenBy(row => row.Namespace, StringComparer.Ordinal).ThenBy(row => row.Name, StringComparer.Ordinal);

    private static string AgeOf(PodRow row, DateTimeOffset now) => row.Created is { } created ? Age.Of(now - created) : "<unknown>";
}
