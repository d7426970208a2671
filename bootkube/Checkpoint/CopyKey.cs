using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Checkpoint;

/// <summary>What there is one copy of on a node: a workload of a namespace, over all revisions of its pods, or a pod without a controller.</summary>
internal sealed record CopyKey(string Namespace, string Name)
{
    /// <summary>Name of the copy's file. No name in Kubernetes has an underscore.</summary>
    public string FileName => $"{Namespace}_{Name}.json";

    /// <summary>The key of a pod of the API.</summary>
    public static CopyKey Of(JsonNode pod)
    {
        var (name, owner) = (pod.Text("metadata", "name") ?? "", pod.Items("metadata", "ownerReferences").FirstOrDefault(item => item["controller"]?.GetValue<bool>() == true));
        var workload = owner.Text("kind") switch
        {
            "DaemonSet" => owner.Text("name"),
            // A Deployment's name, and the hash of its template.
            "ReplicaSet" when pod.Text("metadata", "labels", "pod-template-hash") is { } hash && owner.Text("name") is { } set && set.EndsWith($"-{hash}", StringComparison.Ordinal) => set[..^(hash.Length + 1)],
            "ReplicaSet" => owner.Text("name"),
            _ => null,
        };
        return new(pod.Text("metadata", "namespace") ?? "default", workload ?? name);
    }

    /// <summary>The key that a file's name stands for; null if it is none of ours.</summary>
    public static CopyKey? OfFile(string name) =>
        name.EndsWith(".json", StringComparison.Ordinal) && name[..^".json".Length].Split('_') is [{ Length: > 0 } space, { Length: > 0 } workload] ? new(space, workload) : null;

    public override string ToString() => $"{Namespace}/{Name}";
}
