using KubePivot.Configuration;

namespace KubePivot.Assets;

/// <summary>
/// The templates of the nodes' trees. Each folder below <c>templates/nodes</c> mirrors <c>/</c> of the nodes that its name stands
/// for: <c>all</c>, <c>master</c>, <c>bootstrap</c>, <c>lxc</c> (by provider), <c>bridge</c> and <c>flannel</c> (by cni).
/// </summary>
public sealed class NodeTemplates
{
    private readonly Dictionary<string, TemplateSet> groups;

    private NodeTemplates(Dictionary<string, TemplateSet> groups) => this.groups = groups;

    /// <exception cref="StageException">A template does not parse, or a folder stands for no nodes.</exception>
    public static NodeTemplates Load(ClusterPaths paths)
    {
        var root = Path.Combine(paths.Templates, "nodes");
        var groups = Directory.GetDirectories(root).Select(folder => Path.GetFileName(folder)!).ToDictionary(
            group => group,
            group => IsGroup(group) ? TemplateSet.Load(paths, Path.Combine("nodes", group)) : throw new StageException(
                $"templates/nodes/{group} stands for no nodes; a folder there is one of all, master, bootstrap, lxc, bridge, flannel."),
            StringComparer.Ordinal);
        return new NodeTemplates(groups);
    }

    /// <summary>The templates of one node's tree, ordered by target.</summary>
    /// <exception cref="StageException">Two templates render to one file of the node.</exception>
    public IReadOnlyList<TemplateFile> For(Cluster cluster, Node node, bool bridge)
    {
        var files = groups.Where(group => Applies(group.Key, cluster, node, bridge)).SelectMany(group => group.Value.Files)
            .OrderBy(file => file.Target, StringComparer.Ordinal).ToList();
        var twins = files.Zip(files.Skip(1)).FirstOrDefault(pair => pair.First.Target == pair.Second.Target);
        return twins.First == null
            ? files
            : throw new StageException($"{twins.First.Source} and {twins.Second.Source} both render to /{twins.First.Target} of {node.Name}.");
    }

    private static bool IsGroup(string group) => group is "all" or "master" or "bootstrap" or "lxc" or "bridge" or "flannel";

    private static bool Applies(string group, Cluster cluster, Node node, bool bridge) => group switch
    {
        "all" => true,
        "master" => node.IsMaster,
        "bootstrap" => node.IsBootstrap,
        "lxc" => cluster.Provider == MachineProvider.Lxc,
        "bridge" => bridge,
        "flannel" => !bridge,
        _ => false,
    };
}
