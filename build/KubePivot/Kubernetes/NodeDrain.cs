using System.Net;
using k8s;
using k8s.Models;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Kubernetes;

/// <summary>
/// Takes a node out of the cluster as <c>kubectl drain</c> and <c>kubectl delete node</c> do: no new pods, its pods evicted under their
/// disruption budgets, and then its object deleted.
/// </summary>
/// <remarks>https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/.</remarks>
public sealed class NodeDrain(StageContext context, IKubernetes api)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly HashSet<string> evicted = [];
    private readonly Dictionary<string, string> refusals = [];
    private string? evictionVersion;

    /// <summary>The pods that must go elsewhere: not those of DaemonSets, which belong to the node, nor the kubelet's own, nor those that have ended.</summary>
    public static IReadOnlyList<V1Pod> ToEvict(IEnumerable<V1Pod> pods) => [.. pods.Where(pod =>
        pod.Metadata.OwnerReferences?.Any(owner => owner is { Kind: "DaemonSet", Controller: true }) != true
        && pod.Metadata.Annotations?.ContainsKey("kubernetes.io/config.mirror") != true
        && pod.Status?.Phase is not ("Succeeded" or "Failed"))];

    /// <summary>
    /// Evicts, waits until all are gone, deletes the node. A node that is not Ready, or not any more, has no kubelet to end its pods: it is
    /// deleted at once.
    /// </summary>
    /// <exception cref="StageException">Pods stayed for longer than the time-out: which, and why.</exception>
    public async Task RemoveAsync(V1Node node)
    {
        var name = node.Metadata.Name;
        if (!IsLost(node, name))
        {
            await CordonAsync(name).ConfigureAwait(false);
            await new Wait(context.Clock, line => context.Reporter.Info(line, name)).UntilAsync(
                $"the pods of {name} to go elsewhere",
                context.Timeout,
                Interval,
                stop => ApiFailure.ObserveAsync(token => EvictAsync(name, token), stop),
                _ => Task.FromResult($"Give them another place (./build.sh Status; kubectl get poddisruptionbudgets -A), and run Bootstrap again. {name} takes no new pods until then; 'kubectl uncordon {name}' takes that back."),
                context.CancellationToken).ConfigureAwait(false);
        }

        await api.CoreV1.DeleteNodeAsync(name, cancellationToken: context.CancellationToken).ConfigureAwait(false);
        context.Reporter.Info("is no longer a node of the cluster", name);
    }

    private bool IsLost(V1Node? node, string name)
    {
        if (NodeReadiness.Trouble(node) is not { } trouble)
        {
            return false;
        }

        context.Reporter.Info($"is not Ready ({trouble}); its pods are not waited for", name);
        return true;
    }

    private Task<V1Node> CordonAsync(string name) => api.CoreV1.PatchNodeAsync(
        new V1Patch("""{"spec":{"unschedulable":true}}""", V1Patch.PatchType.StrategicMergePatch), name, cancellationToken: context.CancellationToken);

    private async Task<Observation> EvictAsync(string node, CancellationToken stop)
    {
        if (IsLost(await api.CoreV1.ReadNodeAsync(node, cancellationToken: stop).ConfigureAwait(false), node))
        {
            return new Observation(true, "");
        }

        var all = await api.CoreV1.ListPodForAllNamespacesAsync(fieldSelector: $"spec.nodeName={node}", cancellationToken: stop).ConfigureAwait(false);
        var pods = ToEvict(all.Items);
        evictionVersion ??= await EvictionVersionAsync(stop).ConfigureAwait(false);
        foreach (var pod in pods.Where(pod => !evicted.Contains(pod.Metadata.Uid)))
        {
            await EvictAsync(pod, stop).ConfigureAwait(false);
        }

        return new Observation(pods.Count == 0, pods.Count == 0 ? "all gone" : string.Join(", ", pods.Select(Words)));
    }

    /// <summary>As the server says: policy/v1 since Kubernetes 1.22, policy/v1beta1 before.</summary>
    private async Task<string> EvictionVersionAsync(CancellationToken stop)
    {
        var resources = await api.CoreV1.GetAPIResourcesAsync(stop).ConfigureAwait(false);
        var eviction = resources.Resources.FirstOrDefault(resource => resource.Name == "pods/eviction");
        return eviction == null ? "policy/v1" : $"{eviction.Group}/{eviction.Version}";
    }

    private async Task EvictAsync(V1Pod pod, CancellationToken stop)
    {
        try
        {
            var eviction = new V1Eviction { ApiVersion = evictionVersion, Kind = "Eviction", Metadata = new V1ObjectMeta { Name = pod.Metadata.Name, NamespaceProperty = pod.Metadata.NamespaceProperty } };
            await api.CoreV1.CreateNamespacedPodEvictionAsync(eviction, pod.Metadata.Name, pod.Metadata.NamespaceProperty, cancellationToken: stop).ConfigureAwait(false);
            evicted.Add(pod.Metadata.Uid);
            refusals.Remove(pod.Metadata.Uid);
        }
        catch (Exception exception) when (ApiFailure.StatusOf(exception) is HttpStatusCode.TooManyRequests)
        {
            // A disruption budget: asked again, for it may allow it once other pods are well.
            refusals[pod.Metadata.Uid] = ApiFailure.Words(exception);
        }
        catch (Exception exception) when (ApiFailure.StatusOf(exception) is HttpStatusCode.NotFound)
        {
            // It has gone by itself.
        }
    }

    private string Words(V1Pod pod) =>
        $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}{(refusals.TryGetValue(pod.Metadata.Uid, out var refusal) ? $" ({refusal})" : " (ending)")}";
}
