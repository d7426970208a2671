using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Bootkube.Assets;

/// <summary>One object of a manifest file. Its text is sent as it stands, so that the server alone gives YAML its meaning.</summary>
/// <param name="File">As in <c>manifests/kube-proxy.yaml</c>.</param>
/// <param name="ApiVersion">As in <c>apps/v1</c>.</param>
/// <param name="Namespace">Null if the manifest names none.</param>
/// <param name="Text">The document, YAML. May hold secrets: never shown.</param>
internal sealed record Manifest(string File, string ApiVersion, string Kind, string? Namespace, string Name, string Text)
{
    /// <summary>For people: <c>Deployment kube-system/kube-scheduler</c>.</summary>
    public string Title => $"{Kind} {(Namespace == null ? "" : $"{Namespace}/")}{Name}";

    /// <summary>The text as an update of that version of the object, which replaces it whole.</summary>
    public string TextOf(string resourceVersion)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Text));
        var metadata = (YamlMappingNode)stream.Documents[0].RootNode.At("metadata")!;
        metadata.Children[new YamlScalarNode("resourceVersion")] = new YamlScalarNode(resourceVersion) { Style = ScalarStyle.DoubleQuoted };
        using var text = new StringWriter();
        stream.Save(text, assignAnchors: false);
        return text.ToString();
    }

    /// <summary>The title alone: the text may hold secrets.</summary>
    public override string ToString() => Title;

    /// <summary>API group, empty for the core one.</summary>
    public string Group => ApiVersion.Contains('/', StringComparison.Ordinal) ? ApiVersion.Split('/')[0] : "";
}
