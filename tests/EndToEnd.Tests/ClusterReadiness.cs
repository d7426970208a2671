using k8s;
using k8s.Models;
using KubePivot.Configuration;

namespace KubePivot.EndToEnd;

/// <summary>Whether every node and every pod of a cluster is Ready, every master has its own API server, and no copy of one runs any more.</summary>
public sealed class ClusterReadiness(ThrowAwayCluster cluster) : IDisposable
{
    private readonly IReadOnlyList<Node> nodes = cluster.Nodes();

    private readonly k8s.Kubernetes client = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(cluster.Kubeconfig));

    /// <summary>Waits; fails with what is still missing.</summary>
    /// <param name="stopped">Machines that were stopped: what these said before does not count.</param>
    /// <param name="since">When they were.</param>
    /// <param name="away">One that is not there, and is not expected; null: all are.</param>
    public Task UntilAsync(TimeSpan bound, IReadOnlyList<string> stopped, DateTime since, string? away = null) =>
        ThrowAwayCluster.EventuallyAsync("everything is Ready", bound, async () =>
        {
            try
            {
                using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                var (found, pods) = ((await client.CoreV1.ListNodeAsync(cancellationToken: bound.Token)).Items, (await client.CoreV1.ListPodForAllNamespacesAsync(cancellationToken: bound.Token)).Items);
                var missing = nodes.Where(node => node.Name != away).Select(node => NodeTrouble(node.Name, found, stopped, since))
                    .Concat(nodes.Where(node => node.IsMaster && node.Name != away).Select(node => MasterTrouble(node.Name, pods)))
                    .Concat(pods.Where(pod => pod.Spec.NodeName != away).Select(pod => PodTrouble(pod, stopped, since))).OfType<string>().ToList();
                if (missing.Count == 0)
                {
                    missing.AddRange((await Task.WhenAll(nodes.Where(node => node.IsMaster && node.Name != away).Select(ActiveCopyAsync))).OfType<string>());
                }

                return (missing.Count == 0, string.Join(", ", missing));
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException or k8s.Autorest.HttpOperationException)
            {
                return (false, exception.Message);
            }
        });

    /// <summary>Right after the API is back it tells what was true before: what a stopped node has not said since does not count.</summary>
    private static string? NodeTrouble(string name, IList<V1Node> found, IReadOnlyList<string> stopped, DateTime cut)
    {
        var ready = found.FirstOrDefault(node => node.Metadata.Name == name)?.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");
        return ready?.Status != "True" ? $"node {name} is not Ready"
            : stopped.Contains(name) && ready.LastHeartbeatTime < cut ? $"node {name} has not spoken since"
            : null;
    }

    private static string? MasterTrouble(string name, IList<V1Pod> pods) => new[] { "kube-apiserver", "pod-checkpointer" }
        .Where(app => !pods.Any(pod => pod.Spec.NodeName == name && pod.Metadata.OwnerReferences?.Any(owner => owner.Kind == "DaemonSet" && owner.Name == app) == true))
        .Select(app => $"{name} has no pod of {app}").FirstOrDefault();

    /// <summary>What the kubelet is to run of itself: it could not tell an API that was away, and tells of it late.</summary>
    private async Task<string?> ActiveCopyAsync(Node node)
    {
        var listed = await cluster.OnNodeAsync(node.Address, "ls /etc/kubernetes/manifests");
        return !listed.Succeeded ? $"{node.Name} does not say what its kubelet runs of itself: {listed.StandardError.Trim()}"
            : listed.StandardOutput.Contains("kube-apiserver", StringComparison.Ordinal) ? $"the copy on {node.Name} is still active" : null;
    }

    private static string? PodTrouble(V1Pod pod, IReadOnlyList<string> stopped, DateTime cut)
    {
        if (pod.Status?.Phase == "Succeeded")
        {
            return null;
        }

        var copy = pod.Metadata.Annotations?.TryGetValue("checkpointer.alpha.coreos.com/checkpoint-of", out var parent) == true && !parent.StartsWith("pod-checkpointer-", StringComparison.Ordinal);
        return copy ? $"copy {pod.Metadata.Name} still runs"
            : pod.Metadata.DeletionTimestamp != null ? $"pod {pod.Metadata.Name} is being deleted"
            : pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) != true ? $"pod {pod.Metadata.Name} is not Ready"
            : stopped.Contains(pod.Spec.NodeName) && pod.Status.ContainerStatuses.Any(container => !(container.State?.Running?.StartedAt >= cut)) ? $"pod {pod.Metadata.Name} has not started again"
            : null;
    }

    public void Dispose() => client.Dispose();
}
