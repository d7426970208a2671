using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Rollouts;

/// <summary>How far a DaemonSet or Deployment is, as its controller reports it.</summary>
/// <param name="Wanted">Pods there are to be: a DaemonSet's matching nodes, a Deployment's replicas.</param>
/// <param name="Good">Pods of the present template that are available.</param>
/// <param name="Settled">The controller has seen the present generation, and there are no pods of an older one.</param>
/// <param name="Selector">Labels of its pods.</param>
/// <param name="Created">When the object was created.</param>
internal sealed record Workload(
    string Kind, string Name, int Wanted, int Good, bool Settled, IReadOnlyDictionary<string, string> Selector, DateTimeOffset Created)
{
    public static Workload From(JsonNode node)
    {
        var (spec, status) = (node.At("spec"), node.At("status"));
        var daemon = node.At("spec", "replicas") == null;
        var wanted = daemon ? status.Number("desiredNumberScheduled") : spec.Number("replicas");
        var updated = status.Number(daemon ? "updatedNumberScheduled" : "updatedReplicas");
        var available = status.Number(daemon ? "numberAvailable" : "availableReplicas");
        var existing = daemon ? wanted : status.Number("replicas");
        var seen = status.Number("observedGeneration") >= node.Number("metadata", "generation");
        return new(
            daemon ? "DaemonSet" : "Deployment",
            node.Text("metadata", "name") ?? "",
            wanted,
            seen ? Math.Min(updated, available) : 0,
            seen && existing <= updated,
            (spec.At("selector", "matchLabels") as JsonObject ?? []).ToDictionary(label => label.Key, label => label.Value?.GetValue<string>() ?? ""),
            node.Time("metadata", "creationTimestamp"));
    }

    /// <summary>All its pods are there, of the present template, and available.</summary>
    /// <param name="masters">There are to be at least so many.</param>
    public bool IsComplete(int masters) => Settled && Wanted >= masters && Good >= Wanted;

    public bool Owns(Pod pod) =>
        pod.OwnerKind == (Kind == "DaemonSet" ? "DaemonSet" : "ReplicaSet")
        && Selector.Count > 0
        && Selector.All(label => pod.Labels.GetValueOrDefault(label.Key) == label.Value);
}
