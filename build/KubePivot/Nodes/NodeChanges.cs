using KubePivot.Assets;

namespace KubePivot.Nodes;

/// <summary>What must be done on a node so that it equals its rendered tree. Pure: a function of the tree and of what was found.</summary>
/// <param name="Write">Files that are missing or differ in content, owner or mode.</param>
/// <param name="Remove">Files that an earlier tree of ours had and this one lacks.</param>
/// <param name="Stop">Units of ours whose unit file is removed.</param>
/// <param name="Enable">Units that do not start with the machine yet.</param>
/// <param name="Restart">Units that run, or try to, with files that have changed; in starting order.</param>
/// <param name="Start">Units that do not run; in starting order.</param>
/// <param name="Reload">systemd must read its unit files again.</param>
/// <param name="During">What the node's record says while files change: everything that was or will be there.</param>
/// <param name="Settled">What it says when the files are in place and the restarts are still to come.</param>
/// <param name="NoFiles">Nothing is written, the record included.</param>
public sealed record NodeChanges(
    IReadOnlyList<NodeFile> Write, IReadOnlyList<string> Remove, IReadOnlyList<string> Stop, IReadOnlyList<string> Enable,
    IReadOnlyList<string> Restart, IReadOnlyList<string> Start, bool Reload,
    AppliedRecord During, AppliedRecord Settled, bool NoFiles)
{
    private const string UnitFolder = "/etc/systemd/system/";

    /// <summary>The node is left alone.</summary>
    public bool None => NoFiles && Enable.Count == 0 && Restart.Count == 0 && Start.Count == 0 && !Reload;

    public static NodeChanges Between(NodeTreeManifest tree, NodeState found)
    {
        var wanted = AppliedRecord.Of(tree);
        var write = tree.Files.Where(file => Differs(file, found.Files.GetValueOrDefault(file.Path))).ToList();
        var remove = found.Applied.Files.Where(file => !wanted.Files.ContainsKey(file.Key)).ToList();
        var reload = found.Applied.PendingReload
            || write.Select(file => file.Path).Concat(remove.Select(file => file.Key)).Any(path => path.StartsWith(UnitFolder, StringComparison.Ordinal))
            || found.Units.Values.Any(unit => unit.NeedsReload);
        var affected = write.SelectMany(file => file.Restarts).Concat(remove.SelectMany(file => file.Value)).Concat(found.Applied.PendingRestarts).ToHashSet();
        var restart = tree.Units.Where(name => affected.Contains(name) && found.IsUp(name)).ToList();
        var settled = wanted with { PendingRestarts = restart, PendingReload = reload };
        return new NodeChanges(
            write,
            [.. remove.Select(file => file.Key).Order(StringComparer.Ordinal)],
            [.. remove.Select(file => file.Key).Where(IsUnitFile).Select(path => path[UnitFolder.Length..])],
            [.. tree.Units.Where(name => found.Units.GetValueOrDefault(name) is not { IsEnabled: true })],
            restart,
            [.. tree.Units.Where(name => !found.IsUp(name))],
            reload,
            settled with { Files = remove.Concat(wanted.Files).ToDictionary(file => file.Key, file => file.Value) },
            settled,
            NoFiles: write.Count == 0 && remove.Count == 0 && wanted.SameFiles(found.Applied));
    }

    private static bool IsUnitFile(string path) => path.StartsWith(UnitFolder, StringComparison.Ordinal) && !path.AsSpan(UnitFolder.Length).Contains('/');

    private static bool Differs(NodeFile wanted, FoundFile? found) =>
        found == null || found.Sha256 != wanted.Sha256 || found.Owner != wanted.Owner || found.Mode != wanted.Mode.TrimStart('0');
}
