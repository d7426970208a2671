using KubePivot.Assets;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Tests.Assets;

/// <summary>Looks into rendered manifests.</summary>
internal static class Manifests
{
    /// <summary>All objects of the asset tree's manifests, temporary control plane included.</summary>
    public static IEnumerable<YamlMappingNode> Objects(RenderedCluster rendered) => rendered.Assets
        .Where(file => file.Path.Contains("manifests/", StringComparison.Ordinal)).SelectMany(file => Documents(file.Content));

    public static IEnumerable<YamlMappingNode> Documents(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    public static IEnumerable<YamlMappingNode> OfFile(RenderedCluster rendered, string file) => Documents(rendered.Assets.Single(asset => asset.Path == $"manifests/{file}.yaml").Content);

    /// <summary>The specification of an object's pods, or null if it has none.</summary>
    public static YamlMappingNode? PodOf(YamlMappingNode root) => Text(root, "kind") switch
    {
        "Pod" => (YamlMappingNode)root["spec"],
        "DaemonSet" or "Deployment" => (YamlMappingNode)root["spec"]["template"]["spec"],
        _ => null,
    };

    public static IEnumerable<YamlMappingNode> Items(YamlMappingNode node, string list) => Child(node, list) is YamlSequenceNode items ? items.Cast<YamlMappingNode>() : [];

    public static IEnumerable<string> Texts(YamlMappingNode node, string list) => Child(node, list) is YamlSequenceNode items ? items.Select(item => item.ToString()) : [];

    public static string Name(YamlMappingNode root) => root["metadata"]["name"].ToString();

    public static string Text(YamlMappingNode node, params string[] path) => Find(node, path)?.ToString() ?? "";

    public static YamlNode? Find(YamlMappingNode node, params string[] path) => path.Aggregate((YamlNode?)node, (found, key) => found is YamlMappingNode map ? Child(map, key) : null);

    private static YamlNode? Child(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var child) ? child : null;
}
