using KubePivot.Configuration;

namespace KubePivot.Assets;

/// <summary>
/// The templates of the nodes' trees. Each folder below <c>templates/nodes</c> mirrors <c>/</c> of the nodes that its name stands
/// for: <c>all</c>, <c>master</c>, <c>bootstrap</c>, <c>lxc</c> (by provider), <c>bridge</c> and <c>flannel</c> (by cni), <c>proxy</c>,
/// <c>registries</c>, <c>checkpointer</c> (masters, if pod-checkpointer is installed from an image of our own). A folder called <c>{registry}</c> or <c>{authority}</c> is rendered once for each of those in cluster.yaml.
/// </summary>
public sealed class NodeTemplates
{
    private static readonly string[] Groups = ["all", "master", "bootstrap", "lxc", "bridge", "flannel", "proxy", "registries", "checkpointer"];

    private readonly Dictionary<string, TemplateSet> groups;

    private NodeTemplates(Dictionary<string, TemplateSet> groups) => this.groups = groups;

    /// <exception cref="StageException">A template does not parse, or a folder stands for no nodes.</exception>
    public static NodeTemplates Load(ClusterPaths paths)
    {
        var root = Path.Combine(paths.Templates, "nodes");
        var groups = Directory.GetDirectories(root).Select(folder => Path.GetFileName(folder)!).ToDictionary(
            group => group,
            group => Groups.Contains(group) ? TemplateSet.Load(paths, Path.Combine("nodes", group)) : throw new StageException(
                $"templates/nodes/{group} stands for no nodes; a folder there is one of {string.Join(", ", Groups)}."),
            StringComparer.Ordinal);
        return new NodeTemplates(groups);
    }

    /// <summary>The templates of one node's tree, ordered by target.</summary>
    /// <exception cref="StageException">Two templates render to one file of the node.</exception>
    public IReadOnlyList<TemplateFile> For(Cluster cluster, Node node, bool bridge, bool checkpointer)
    {
        var files = groups.Where(group => Applies(group.Key, cluster, node, bridge, checkpointer)).SelectMany(group => group.Value.Files).SelectMany(file => ForEachSubject(file, cluster.Spec.Registries))
            .OrderBy(file => file.Target, StringComparer.Ordinal).ToList();
        var twins = files.Zip(files.Skip(1)).FirstOrDefault(pair => pair.First.Target == pair.Second.Target);
        return twins.First == null
            ? files
            : throw new StageException($"{twins.First.Source} and {twins.Second.Source} both render to /{twins.First.Target} of {node.Name}.");
    }

    private static IEnumerable<TemplateFile> ForEachSubject(TemplateFile file, RegistriesSpec registries)
    {
        var (place, subjects) = file.Target.Contains("{registry}", StringComparison.Ordinal) ? ("{registry}", RegistryHosts.Of(registries).Select(host => (Folder: host.Folder, Subject: host.Folder)))
            : file.Target.Contains("{authority}", StringComparison.Ordinal) ? ("{authority}", registries.Authorities.Keys.Select(host => (Folder: RegistryHosts.FolderOf(host), Subject: host)))
            : ("", []);
        return place.Length == 0 ? [file] : subjects.Select(subject => file with { Target = file.Target.Replace(place, subject.Folder, StringComparison.Ordinal), Subject = subject.Subject });
    }

    private static bool Applies(string group, Cluster cluster, Node node, bool bridge, bool checkpointer) => group switch
    {
        "all" => true,
        "master" => node.IsMaster,
        "bootstrap" => node.IsBootstrap,
        "lxc" => cluster.Provider == MachineProvider.Lxc,
        "bridge" => bridge,
        "flannel" => !bridge,
        "proxy" => cluster.Spec.Proxy.IsSet,
        "registries" => true,
        "checkpointer" => checkpointer && node.IsMaster,
        _ => false,
    };
}
