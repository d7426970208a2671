using k8s.Models;

namespace KubePivot.Kubernetes;

/// <summary>What the cluster as a whole is found to be.</summary>
/// <param name="NodesMissing">Nodes of cluster.yaml that are not Ready, with the reason: <c>worker01 (not registered)</c>.</param>
/// <param name="WorkloadsMissing">DaemonSets and Deployments that have not all their pods, with the numbers.</param>
/// <param name="Pods">The pods of the cluster's own namespaces that are not good.</param>
/// <param name="PodCount">How many pods count.</param>
public sealed record ClusterVerdict(
    int NodeCount,
    IReadOnlyList<string> NodesMissing,
    IReadOnlyList<string> WorkloadsMissing,
    IReadOnlyList<PodVerdict> Pods,
    int PodCount)
{
    public bool IsGood => NodesMissing.Count == 0 && WorkloadsMissing.Count == 0 && Pods.Count == 0;

    public IEnumerable<PodVerdict> Hopeless => Pods.Where(verdict => verdict.State == PodState.Hopeless);

    /// <summary>In one line: <c>3 of 4 nodes Ready, missing worker01 (not registered); 11 of 13 pods good, missing …</c>.</summary>
    public string Words()
    {
        var parts = new List<string>
        {
            $"{NodeCount - NodesMissing.Count} of {NodeCount} nodes Ready{Missing(NodesMissing)}",
            $"{PodCount - Pods.Count} of {PodCount} pods Running and Ready{Missing([.. Pods.Select(verdict => $"{NameOf(verdict.Pod)} ({verdict.Reason})")])}",
        };
        if (WorkloadsMissing.Count > 0)
        {
            parts.Add($"not complete: {string.Join(", ", WorkloadsMissing)}");
        }

        return string.Join("; ", parts);
    }

    /// <summary>A pod's name as the table shows it.</summary>
    internal static string NameOf(V1Pod pod) => PodTable.NameOf(PodRow.Of(pod));

    private static string Missing(IReadOnlyList<string> names) => names.Count == 0 ? "" : $", not yet: {string.Join(", ", names)}";
}
