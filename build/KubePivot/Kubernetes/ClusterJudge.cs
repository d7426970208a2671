using k8s.Models;
using KubePivot.Configuration;

namespace KubePivot.Kubernetes;

/// <summary>Judges whether a cluster runs: its nodes, the workloads of its manifests, the pods of its own namespaces.</summary>
public sealed class ClusterJudge(Cluster cluster, ExpectedObjects expected, Patience patience)
{
    private readonly PodJudge podJudge = new(patience);

    /// <summary>Whether a pod is in one of the cluster's own namespaces.</summary>
    public bool IsOurs(V1Pod pod) => expected.Namespaces.Contains(pod.Metadata.NamespaceProperty ?? "");

    /// <summary>What runs on each node, as the API has it: the containers of our pods that count, by the node's name.</summary>
    public ILookup<string, string> RunningContainers(IEnumerable<V1Pod> pods) => pods
        .Where(pod => IsOurs(pod) && pod.Spec?.NodeName != null && !PodJudge.IsIgnored(pod))
        .SelectMany(pod => PodJudge.RunningContainers(pod).Select(id => (pod.Spec.NodeName, Id: id)))
        .ToLookup(container => container.NodeName, container => container.Id);

    /// <inheritdoc cref="PodJudge.Judge" path="/param[@name='ended']"/>
    public ClusterVerdict Judge(ClusterView view, DateTimeOffset now, IReadOnlySet<string>? ended) =>
        Judge([.. view.Nodes], [.. view.Pods], [.. view.DaemonSets], [.. view.Deployments], now, ended);

    /// <inheritdoc cref="PodJudge.Judge" path="/param[@name='ended']"/>
    public ClusterVerdict Judge(
        IReadOnlyList<V1Node> nodes, IReadOnlyList<V1Pod> pods, IReadOnlyList<V1DaemonSet> daemonSets, IReadOnlyList<V1Deployment> deployments, DateTimeOffset now, IReadOnlySet<string>? ended = null)
    {
        var nodesMissing = cluster.Nodes.Select(node => NodeTrouble(node.Name, nodes.FirstOrDefault(found => found.Metadata.Name == node.Name))).OfType<string>().ToList();

        // A node that is to leave the cluster, or has left it, may be lost: its pods end by themselves or with it.
        var names = cluster.Nodes.Select(node => node.Name).ToHashSet(StringComparer.Ordinal);
        var lost = nodes.Where(node => !names.Contains(node.Metadata.Name) && NodeReadiness.Trouble(node) != null).Select(node => node.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        var lostPods = pods.Where(pod => pod.Spec?.NodeName is { } name && lost.Contains(name)).ToList();
        var ours = pods.Where(pod => IsOurs(pod) && (pod.Spec?.NodeName is not { } name || names.Contains(name))).OrderBy(pod => pod.Metadata.NamespaceProperty, StringComparer.Ordinal).ThenBy(pod => pod.Metadata.Name, StringComparer.Ordinal).ToList();
        podJudge.Keep(ours);
        var verdicts = ours.Select(pod => podJudge.Judge(pod, nodesMissing.Count == 0, now, ended)).Where(verdict => verdict.State != PodState.Ignored).ToList();
        return new ClusterVerdict(
            cluster.Nodes.Count,
            nodesMissing,
            [.. expected.Workloads.Select(workload => WorkloadTrouble(workload, nodes, lostPods, daemonSets, deployments)).OfType<string>()],
            [.. verdicts.Where(verdict => verdict.State != PodState.Good)],
            verdicts.Count);
    }

    private static string? NodeTrouble(string name, V1Node? node) => NodeReadiness.Trouble(node) is { } trouble ? $"{name} ({trouble})" : null;

    private static string? WorkloadTrouble(Workload workload, IReadOnlyList<V1Node> nodes, IReadOnlyList<V1Pod> lost, IReadOnlyList<V1DaemonSet> daemonSets, IReadOnlyList<V1Deployment> deployments)
    {
        if (workload.Kind == "DaemonSet")
        {
            var found = daemonSets.FirstOrDefault(set => IsNamed(set.Metadata, workload));
            return found == null ? $"{workload} (not created)" : DaemonSetTrouble(found, nodes, lost) is { } trouble ? $"{workload} ({trouble})" : null;
        }

        var deployment = deployments.FirstOrDefault(candidate => IsNamed(candidate.Metadata, workload));
        return deployment == null ? $"{workload} (not created)" : DeploymentTrouble(deployment) is { } reason ? $"{workload} ({reason})" : null;
    }

    /// <param name="lost">Pods of nodes that have left cluster.yaml and are not Ready.</param>
    private static string? DaemonSetTrouble(V1DaemonSet set, IReadOnlyList<V1Node> nodes, IReadOnlyList<V1Pod> lost)
    {
        if (set.Status?.ObservedGeneration is not { } seen || seen < set.Metadata.Generation)
        {
            return "no controller manager has seen it yet";
        }

        // Its controller may not have looked since a node came: what it wants is at least what we can count ourselves.
        var wanted = Math.Max(set.Status.DesiredNumberScheduled, Math.Max(1, CountNodes(set, nodes)));
        var ready = Math.Min(set.Status.UpdatedNumberScheduled ?? 0, set.Status.NumberReady);
        return ready >= wanted - lost.Count(pod => IsOf(set, pod)) ? null : $"{ready} of {wanted} ready";
    }

    /// <summary>How many nodes a DaemonSet that tolerates every taint must have a pod on; zero for others, of which only its controller knows.</summary>
    private static int CountNodes(V1DaemonSet set, IReadOnlyList<V1Node> nodes)
    {
        var template = set.Spec.Template.Spec;
        var toleratesAll = template.Tolerations?.Any(toleration => toleration is { OperatorProperty: "Exists" } && string.IsNullOrEmpty(toleration.Key)) == true;
        return toleratesAll && template.Affinity?.NodeAffinity == null
            ? nodes.Count(node => (template.NodeSelector ?? new Dictionary<string, string>()).All(label => node.Metadata.Labels?.TryGetValue(label.Key, out var value) == true && value == label.Value))
            : 0;
    }

    private static bool IsOf(V1DaemonSet set, V1Pod pod) =>
        pod.Metadata.NamespaceProperty == set.Metadata.NamespaceProperty
        && pod.Metadata.OwnerReferences?.Any(owner => owner is { Kind: "DaemonSet", Controller: true } && owner.Name == set.Metadata.Name) == true;

    private static string? DeploymentTrouble(V1Deployment deployment)
    {
        if (deployment.Status?.ObservedGeneration is not { } seen || seen < deployment.Metadata.Generation)
        {
            return "no controller manager has seen it yet";
        }

        var wanted = deployment.Spec.Replicas ?? 1;
        var ready = Math.Min(deployment.Status.UpdatedReplicas ?? 0, deployment.Status.ReadyReplicas ?? 0);
        return ready < wanted ? $"{ready} of {wanted} ready" : (deployment.Status.Replicas ?? 0) > wanted ? "pods of its last generation are still there" : null;
    }

    private static bool IsNamed(V1ObjectMeta metadata, Workload workload) => metadata.Name == workload.Name && metadata.NamespaceProperty == workload.Namespace;
}
