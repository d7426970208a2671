using System.Text.Json;
using System.Text.Json.Serialization;

namespace KubePivot.Assets;

/// <summary>One file of a node's rendered tree.</summary>
/// <param name="Path">Absolute path on the node; its content lies under the same path in the rendered tree.</param>
/// <param name="Mode">Permission bits, octal, as in <c>0600</c>.</param>
/// <param name="Owner">Owner and group, as in <c>root:root</c>.</param>
/// <param name="Sha256">Hash of the content, lower-case hexadecimal.</param>
/// <param name="Restarts">systemd units that must be restarted when this file changes, as in <c>etcd.service</c>.</param>
public sealed record NodeFile(string Path, string Mode, string Owner, string Sha256, IReadOnlyList<string> Restarts);

/// <summary>What a node must hold. Written by RenderAssets beside each tree as <c>.cluster/nodes/NAME.manifest.json</c>, read by CopyAssets.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Files">All files, ordered by path.</param>
/// <param name="Units">systemd units that must be enabled and running, in starting order.</param>
public sealed record NodeTreeManifest(string Node, IReadOnlyList<NodeFile> Files, IReadOnlyList<string> Units)
{
    /// <summary>Where the manifest of a node's tree lies.</summary>
    public static string PathOf(ClusterPaths paths, string node) => Path.Combine(paths.Nodes, $"{node}.manifest.json");

    /// <exception cref="StageException">The file is none that RenderAssets has written.</exception>
    public static NodeTreeManifest Load(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), NodeTreeJson.Default.NodeTreeManifest) is { } tree && tree.Units.All(unit => unit != null) && tree.Files.All(entry => entry?.Restarts.All(unit => unit != null) == true)
                ? tree
                : throw new JsonException("there are nulls in it");
        }
        catch (JsonException exception)
        {
            throw new StageException($"{file} is no manifest of a node's tree any more ({exception.Message.Split('.')[0]}). Run ./build.sh RenderAssets --force.", exception);
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, NodeTreeJson.Default.NodeTreeManifest) + "\n";
}

[JsonSerializable(typeof(NodeTreeManifest))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
internal sealed partial class NodeTreeJson : JsonSerializerContext;
