using YamlDotNet.RepresentationModel;

namespace Bootkube.Assets;

/// <summary>Reads single values out of YAML.</summary>
internal static class YamlNodeExtensions
{
    /// <summary>The node at a path of keys, or null.</summary>
    public static YamlNode? At(this YamlNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var key in path)
        {
            node = node is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;
        }

        return node;
    }

    /// <summary>The text at a path of keys, or null if there is none or it is empty.</summary>
    public static string? Text(this YamlNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is YamlScalarNode { Value: { Length: > 0 } value } ? value : null;
}
