using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Rollouts;

/// <summary>What matters of a pod here.</summary>
/// <param name="OwnerKind">Kind of its controller; <c>Node</c> for a static pod's mirror.</param>
/// <param name="Node">Null before it is scheduled.</param>
/// <param name="HostIp">Address of its node; null before a kubelet has taken it up.</param>
/// <param name="Restarts">Of the container that was restarted most.</param>
/// <param name="Waiting">Why a container waits, as in <c>ErrImageNeverPull</c>; null if none does.</param>
/// <param name="WaitingContainer">The container that does.</param>
/// <param name="Words">What the kubelet or the scheduler says about it.</param>
internal sealed record Pod(
    string Namespace,
    string Name,
    string OwnerKind,
    IReadOnlyDictionary<string, string> Labels,
    string? Node,
    string? HostIp,
    DateTimeOffset Created,
    bool Ready,
    int Restarts,
    string? Waiting,
    string? WaitingContainer,
    string Words)
{
    public static Pod From(JsonNode node)
    {
        var containers = node.Items("status", "initContainerStatuses").Concat(node.Items("status", "containerStatuses")).ToList();
        var waiting = containers.FirstOrDefault(container => container.At("state", "waiting") != null && !IsStarting(container.Text("state", "waiting", "reason")))
            ?? containers.FirstOrDefault(container => container.At("state", "waiting") != null);
        var terminating = node.At("metadata", "deletionTimestamp") != null;
        var unscheduled = node.Items("status", "conditions").FirstOrDefault(condition => condition.Text("type") == "PodScheduled" && condition.Text("status") == "False");
        return new(
            node.Text("metadata", "namespace") ?? "",
            node.Text("metadata", "name") ?? "",
            node.Items("metadata", "ownerReferences").FirstOrDefault()?.Text("kind") ?? "",
            (node.At("metadata", "labels") as JsonObject ?? []).ToDictionary(label => label.Key, label => label.Value?.GetValue<string>() ?? ""),
            node.Text("spec", "nodeName"),
            node.Text("status", "hostIP"),
            node.Time("metadata", "creationTimestamp"),
            node.HasCondition("Ready") && !terminating,
            containers.Select(container => container.Number("restartCount")).DefaultIfEmpty().Max(),
            waiting.Text("state", "waiting", "reason"),
            waiting.Text("name"),
            waiting.Text("state", "waiting", "message") ?? unscheduled.Text("message") ?? "");
    }

    /// <summary>State in a word or two.</summary>
    public string State => Ready ? "Ready" : Waiting ?? (Node == null ? "not scheduled" : HostIp == null ? "not taken up by its kubelet" : "not Ready");

    /// <summary>A container waits for something else than its turn.</summary>
    public bool IsInTrouble => Waiting != null && !IsStarting(Waiting);

    private static bool IsStarting(string? reason) => reason is null or "ContainerCreating" or "PodInitializing";
}
