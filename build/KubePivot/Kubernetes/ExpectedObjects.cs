using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Kubernetes;

/// <summary>A DaemonSet or Deployment that the cluster must have.</summary>
public sealed record Workload(string Kind, string Namespace, string Name)
{
    public override string ToString() => $"{Kind} {Namespace}/{Name}";
}

/// <summary>What the rendered manifests say must be there: without it, a cluster without pods would count as one without faults.</summary>
/// <param name="Namespaces">The cluster's own namespaces: kube-system and those that manifests create.</param>
/// <param name="Workloads">DaemonSets and Deployments, in the order of the files.</param>
public sealed record ExpectedObjects(IReadOnlySet<string> Namespaces, IReadOnlyList<Workload> Workloads)
{
    /// <summary>Reads <c>.cluster/assets/manifests</c>.</summary>
    /// <exception cref="StageException">The folder is missing, or a file is no YAML.</exception>
    public static ExpectedObjects Load(ClusterPaths paths)
    {
        var folder = Path.Combine(paths.Assets, "manifests");
        if (!Directory.Exists(folder))
        {
            throw new StageException($"There is no {folder}, which says what the cluster consists of. Run ./build.sh RenderAssets.");
        }

        var objects = Directory.GetFiles(folder, "*.yaml").Order(StringComparer.Ordinal).SelectMany(ReadFile).ToList();
        return new ExpectedObjects(
            objects.Where(found => found.Kind == "Namespace").Select(found => found.Name).Append("kube-system").ToHashSet(StringComparer.Ordinal),
            [.. objects.Where(found => found.Kind is "DaemonSet" or "Deployment")]);
    }

    private static IEnumerable<Workload> ReadFile(string file)
    {
        var stream = new YamlStream();
        try
        {
            using var reader = new StreamReader(file);
            stream.Load(reader);
        }
        catch (YamlException exception)
        {
            throw new StageException($"{file}:{exception.Start.Line} is no YAML. Run ./build.sh RenderAssets --force.", exception);
        }

        return stream.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>().Select(ReadObject).OfType<Workload>();
    }

    private static Workload? ReadObject(YamlMappingNode root) =>
        Child(root, "metadata") is YamlMappingNode metadata && Child(root, "kind") is YamlScalarNode { Value: { } kind } && Child(metadata, "name") is YamlScalarNode { Value: { } name }
            ? new Workload(kind, (Child(metadata, "namespace") as YamlScalarNode)?.Value ?? "default", name)
            : null;

    private static YamlNode? Child(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var child) ? child : null;
}
