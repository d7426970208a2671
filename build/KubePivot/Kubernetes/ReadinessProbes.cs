using System.Text.RegularExpressions;
using k8s.Models;

namespace KubePivot.Kubernetes;

/// <summary>
/// The containers that a kubelet has found ready since it started, by its metrics (<c>/metrics/probes</c>). A container with a readiness
/// probe is not ready for a kubelet that has just started, whatever it was before: https://github.com/kubernetes/kubernetes/issues/100277.
/// </summary>
/// <param name="Ready">UIDs of pods with the names of containers.</param>
internal sealed partial record ReadinessProbes(IReadOnlySet<(string Pod, string Container)> Ready)
{
    /// <summary>Reads the text format of Prometheus.</summary>
    public static ReadinessProbes Parse(string metrics) => new(metrics
        .Split('\n')
        .Where(line => line.StartsWith("prober_probe_total{", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal))
        .Select(line => Label().Matches(line).ToDictionary(label => label.Groups["name"].Value, label => label.Groups["value"].Value))
        .Where(labels => labels.GetValueOrDefault("probe_type") == "Readiness" && labels.GetValueOrDefault("result") == "successful")
        .Select(labels => (labels.GetValueOrDefault("pod_uid", ""), labels.GetValueOrDefault("container", "")))
        .ToHashSet());

    /// <summary>Whether a pod has such probes at all.</summary>
    public static bool Has(V1Pod pod) => pod.Spec.Containers.Any(container => container.ReadinessProbe != null);

    /// <summary>Whether every container that has one was found ready.</summary>
    public bool Found(V1Pod pod) => pod.Spec.Containers.Where(container => container.ReadinessProbe != null).All(container => Ready.Contains((UidOf(pod), container.Name)));

    /// <summary>A static pod has another UID for its kubelet than in the API, which has that one in an annotation of the mirror pod.</summary>
    private static string UidOf(V1Pod pod) => pod.GetAnnotation("kubernetes.io/config.mirror") ?? pod.Metadata.Uid;

    [GeneratedRegex("""(?<name>\w+)="(?<value>[^"]*)"[,}]""")]
    private static partial Regex Label();
}
