using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Checkpoint;

/// <summary>A pod of this node that is to have a copy, as the API has it.</summary>
/// <param name="Ready">What the API says. That may be of a time before the node went down: see <see cref="RunsWell"/>.</param>
/// <param name="Leaving">It is being deleted.</param>
/// <param name="ContainerIds">Its containers that the API takes for running, as the runtime calls them.</param>
internal sealed record Parent(CopyKey Key, string Name, DateTimeOffset Created, bool Ready, bool Leaving, IReadOnlyList<string> ContainerIds, JsonNode Pod)
{
    /// <summary>Reads a pod; null if none of it is to be copied.</summary>
    public static Parent? From(JsonNode pod)
    {
        if (pod.Text("metadata", "annotations", Annotations.Checkpoint) != "true" || pod.Text("metadata", "annotations", Annotations.Mirror) != null)
        {
            return null;
        }

        return new(
            CopyKey.Of(pod),
            pod.Text("metadata", "name") ?? "",
            pod.Time("metadata", "creationTimestamp"),
            pod.Text("status", "phase") == "Running" && pod.HasCondition("Ready"),
            pod.At("metadata", "deletionTimestamp") != null,
            // containerd://ID
            [.. pod.Items("status", "containerStatuses").Select(container => container.Text("containerID")?.Split("://")[^1]).OfType<string>()],
            pod);
    }

    /// <summary>Its containers have ended, and nobody starts them again.</summary>
    public bool HasEnded => Pod.Text("status", "phase") is "Succeeded" or "Failed";

    /// <summary>Whether it is Ready, and the containers of which that was said are the ones that run here now.</summary>
    public bool RunsWell(IReadOnlyList<RunningPod>? running) =>
        Ready && !Leaving && ContainerIds.Count > 0 && running != null
        && running.SelectMany(pod => pod.ContainerIds).ToHashSet(StringComparer.Ordinal) is var ids && ContainerIds.All(ids.Contains);
}
