using System.Text;
using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Checkpoint;

/// <summary>A copy that lies on this node's disk.</summary>
/// <param name="Text">The static pod's manifest, JSON.</param>
/// <param name="IsActive">It lies where the kubelet runs it.</param>
internal sealed record Copy(CopyKey Key, string Text, bool IsActive)
{
    private readonly JsonNode? pod = JsonNodeExtensions.Parse(Encoding.UTF8.GetBytes(Text));

    /// <summary>What it holds of Secrets and ConfigMaps is there.</summary>
    public bool HasFolders { get; init; } = true;

    /// <summary>Name of the pod that it was made of; empty if the file is damaged.</summary>
    public string ParentName => pod.Text("metadata", "annotations", Annotations.CopyOf) ?? "";

    /// <summary>The labels of its parents of every revision.</summary>
    public IReadOnlyDictionary<string, string> Labels => (pod.At("metadata", "labels") as JsonObject ?? []).ToDictionary(label => label.Key, label => label.Value?.GetValue<string>() ?? "");

    public bool IsAlwaysActive => pod.Text("metadata", "annotations", Annotations.AlwaysActive) == "true";

    /// <summary>Whether parent and copy can run at once: the copy listens elsewhere, or has a network of its own.</summary>
    public bool StandsBeside => pod.Text("metadata", "annotations", Annotations.Arguments) != null || pod.At("spec", "hostNetwork")?.GetValue<bool>() != true;

    /// <summary>Whether it is a whole file of ours.</summary>
    public bool IsWhole => ParentName.Length > 0;

    /// <summary>The folders on the node that it reads.</summary>
    public IEnumerable<string> Folders => pod.Items("spec", "volumes").Select(volume => volume.Text("hostPath", "path")).OfType<string>();
}
