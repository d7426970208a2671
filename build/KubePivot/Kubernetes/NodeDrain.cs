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
    /// Evicts, waits until all are gone, deletes the node. One whose kubelet is not heard of, or not any more, has nobody to end its pods:
    /// it is deleted without waiting for them.
    /// </summary>
    /// <returns>Whether its kubelet was there to the end.</returns>
    /// <exception cref="StageException">Pods stayed for longer than the time-out: which, and why; or the API did not answer for so long.</exception>
    public async Task<bool> RemoveAsync(string name)
    {
        var isHeard = true;
        await ApiWait.UntilAsync(
            context,
            $"the pods of {name} to go elsewhere",
            Interval,
            async stop =>
            {
                var node = await FindHeardAsync(name, stop).ConfigureAwait(false);
                isHeard = node != null;
                return node == null ? new Observation(true, "") : await EvictAsync(node, stop).ConfigureAwait(false);
            },
            $"Give them another place (./build.sh Status; kubectl get poddisruptionbudgets -A), and run Bootstrap again. {name} takes no new pods until then; 'kubectl uncordon {name}' takes that back.",
            name).ConfigureAwait(false);
        await ApiWait.UntilAsync(context, $"{name} to be deleted", Interval, stop => DeleteAsync(name, stop), "Run Bootstrap again.", name).ConfigureAwait(false);
        context.Reporter.Info("is no longer a node of the cluster", name);
        return isHeard;
    }

    /// <summary>The node, or null if the API does not hear of its kubelet: one that says of itself that it is not Ready can still end pods.</summary>
    private async Task<V1Node?> FindHeardAsync(string name, CancellationToken stop)
    {
        var node = (await api.CoreV1.ListNodeAsync(fieldSelector: $"metadata.name={name}", cancellationToken: stop).ConfigureAwait(false)).Items.FirstOrDefault();
        if (node?.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready")?.Status is "True" or "False")
        {
            return node;
        }

        context.Reporter.Info($"is not Ready ({NodeReadiness.Trouble(node)}); its pods are not waited for", name);
        return null;
    }

    private async Task<Observation> DeleteAsync(string name, CancellationToken stop)
    {
        try
        {
            await api.CoreV1.DeleteNodeAsync(name, cancellationToken: stop).ConfigureAwait(false);
        }
        catch (Exception exception) when (ApiFailure.StatusOf(exception) is HttpStatusCode.NotFound)
        {
            // Somebody else has.
        }

        return new Observation(true, "");
    }

    private Task<V1Node> CordonAsync(string name, CancellationToken stop) => api.CoreV1.PatchNodeAsync(
        new V1Patch("""{"spec":{"unschedulable":true}}""", V1Patch.PatchType.StrategicMergePatch), name, cancellationToken: stop);

    private async Task<Observation> EvictAsync(V1Node node, CancellationToken stop)
    {
        var name = node.Metadata.Name;
        if (node.Spec?.Unschedulable != true)
        {
            await CordonAsync(name, stop).ConfigureAwait(false);
        }

        var all = await api.CoreV1.ListPodForAllNamespacesAsync(fieldSelector: $"spec.nodeName={name}", cancellationToken: stop).ConfigureAwait(false);
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
