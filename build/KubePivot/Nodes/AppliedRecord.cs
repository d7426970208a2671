using KubePivot.Assets;

namespace KubePivot.Nodes;

/// <summary>
/// The node's record of what the build has put there (/var/lib/kubepivot/applied): so that a file that left the tree is removed,
/// and units are restarted even if the build was killed between writing and restarting.
/// </summary>
/// <param name="Files">Path of each file, and the units that a change of it restarts.</param>
/// <param name="PendingRestarts">Units whose files have changed and that were not restarted yet.</param>
/// <param name="PendingReload">Unit files have changed and systemd was not told yet.</param>
public sealed record AppliedRecord(IReadOnlyDictionary<string, IReadOnlyList<string>> Files, IReadOnlyList<string> PendingRestarts, bool PendingReload)
{
    /// <summary>Line that says that systemd must read its unit files again.</summary>
    public const string ReloadLine = "reload";

    private const string FileVerb = "file";

    private const string RestartVerb = "restart";

    public static AppliedRecord Parse(IEnumerable<string> lines)
    {
        var words = lines.Select(line => line.Split(' ')).ToList();
        return new AppliedRecord(
            words.Where(line => line[0] == FileVerb && line.Length >= 2).GroupBy(line => line[1]).ToDictionary(line => line.Key, line => (IReadOnlyList<string>)line.Last()[2..]),
            [.. words.Where(line => line[0] == RestartVerb && line.Length == 2).Select(line => line[1])],
            words.Any(line => line[0] == ReloadLine));
    }

    /// <summary>The record of a tree that is wholly there.</summary>
    public static AppliedRecord Of(NodeTreeManifest tree) => new(tree.Files.ToDictionary(file => file.Path, file => file.Restarts), [], false);

    /// <summary>Whether both list the same files with the same units, whatever is pending.</summary>
    public bool SameFiles(AppliedRecord other) =>
        (this with { PendingRestarts = [], PendingReload = false }).Lines().SequenceEqual((other with { PendingRestarts = [], PendingReload = false }).Lines());

    public static string RestartLine(string unit) => $"{RestartVerb} {unit}";

    /// <summary>Ordered by path: the same record gives the same lines.</summary>
    public IEnumerable<string> Lines() =>
    [
        .. Files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => string.Join(' ', [FileVerb, file.Key, .. file.Value])),
        .. PendingRestarts.Select(RestartLine),
        .. PendingReload ? [ReloadLine] : Array.Empty<string>(),
    ];
}
