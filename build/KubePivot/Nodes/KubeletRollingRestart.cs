using k8s;
using k8s.Models;
using KubePivot.Kubernetes;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Nodes;

/// <summary>
/// Kubelets of a cluster that serves are restarted one at a time. The pods of a node run on meanwhile, but one with a readiness probe
/// counts as not ready until the new kubelet has probed it, and its Services leave it out: with all kubelets at once nobody would answer
/// for a Service, and a rollout of API servers would end all of them, for it does not spare those that are not ready.
/// </summary>
/// <param name="api">A client of the cluster, the caller's to dispose of; by default one from <c>.cluster/kubeconfig</c>.</param>
internal sealed class KubeletRollingRestart(StageContext context, IKubernetes? api = null)
{
    public const string Unit = "kubelet.service";

    /// <summary>Most pods are probed each 10 s (Kubernetes' default) or more often; the first time within one such period.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>The nodes in the order of their restarts. Empty where no API answers: there is no service to keep up, and all are restarted at once.</summary>
    /// <param name="changed">Nodes that are changed, whether their kubelets are to be restarted or not.</param>
    public async Task<IReadOnlyList<NodeUnderConstruction>> PlanAsync(IEnumerable<NodeUnderConstruction> changed)
    {
        var nodes = changed.Where(node => node.Changes.Restart.Contains(Unit)).ToList();
        return nodes.Count > 0 && await ApiAnswersAsync().ConfigureAwait(false) ? nodes : [];
    }

    /// <summary>Restarts them; the next one when the pods of the last one are ready again.</summary>
    /// <param name="nodes">In order.</param>
    /// <exception cref="StageException">A kubelet is not healthy in time: the ones after it run on as they are.</exception>
    public async Task RunAsync(IReadOnlyList<NodeUnderConstruction> nodes)
    {
        if (nodes.Count == 0)
        {
            return;
        }

        using var opened = api == null ? ClusterApi.Open(context.Paths) : null;
        var client = api ?? opened!;
        foreach (var node in nodes)
        {
            using var step = context.Reporter.Step("restart kubelet", node.Node.Name);
            var ready = await ReadyPodsAsync(client, node.Node.Name).ConfigureAwait(false);
            await node.RestartAsync(Unit).ConfigureAwait(false);
            await node.UntilHealthyAsync([Unit]).ConfigureAwait(false);
            await UntilReadyAsync(client, node.Node.Name, ready).ConfigureAwait(false);
        }
    }

    private async Task<bool> ApiAnswersAsync()
    {
        try
        {
            using var opened = api == null ? ClusterApi.Open(context.Paths) : null;
            await (api ?? opened!).CoreV1.ListNodeAsync(limit: 1, cancellationToken: context.CancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is StageException || (ApiFailure.Is(exception) && !context.CancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>UIDs of the pods of a node that are ready, and would count as not ready after a restart; none if the API does not say.</summary>
    private async Task<IReadOnlySet<string>> ReadyPodsAsync(IKubernetes client, string node)
    {
        try
        {
            return (await PodsOfAsync(client, node, context.CancellationToken).ConfigureAwait(false))
                .Where(pod => IsReady(pod) && ReadinessProbes.Has(pod)).Select(pod => pod.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception exception) when (ApiFailure.Is(exception) && !context.CancellationToken.IsCancellationRequested)
        {
            return new HashSet<string>();
        }
    }

    /// <summary>Goes on after a while, too: a pod may have got into trouble of its own.</summary>
    private async Task UntilReadyAsync(IKubernetes client, string node, IReadOnlySet<string> ready)
    {
        if (ready.Count == 0)
        {
            return;
        }

        IReadOnlyList<string> missing = [];
        var last = await new Wait(context.Clock, line => context.Reporter.Info(line, node)).TryUntilAsync(
            $"the pods of {node}",
            Bound,
            Interval,
            stop => ApiWait.ObserveAsync(
                async token =>
                {
                    missing = await NotReadyAsync(client, node, ready, token).ConfigureAwait(false);
                    return new(missing.Count == 0, "not all are ready again");
                },
                stop),
            context.CancellationToken).ConfigureAwait(false);
        if (last != null)
        {
            context.Reporter.Warning($"going on after a restart of the kubelet: {last}{(missing.Count == 0 ? "" : $": {string.Join(", ", missing)}")}", node);
        }
    }

    private static async Task<IReadOnlyList<string>> NotReadyAsync(IKubernetes client, string node, IReadOnlySet<string> ready, CancellationToken cancellationToken)
    {
        // In this order: what the kubelet has found ready, it has told the API of, or is about to.
        var probes = await ProbesOfAsync(client, node, cancellationToken).ConfigureAwait(false);
        return [.. (await PodsOfAsync(client, node, cancellationToken).ConfigureAwait(false))
            .Where(pod => ready.Contains(pod.Metadata.Uid) && pod.Metadata.DeletionTimestamp == null && !(IsReady(pod) && probes?.Found(pod) != false))
            .Select(pod => $"{pod.Namespace()}/{pod.Name()}").Order(StringComparer.Ordinal)];
    }

    /// <summary>Null if the kubelet does not say, or not in that form: then the API's word has to do.</summary>
    private static async Task<ReadinessProbes?> ProbesOfAsync(IKubernetes client, string node, CancellationToken cancellationToken)
    {
        try
        {
            await using var answer = await client.CoreV1.ConnectGetNodeProxyWithPathAsync(node, "metrics/probes", cancellationToken: cancellationToken).ConfigureAwait(false);
            using var reader = new StreamReader(answer);
            return ReadinessProbes.Parse(await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (ApiFailure.StatusOf(exception) is System.Net.HttpStatusCode.NotFound or System.Net.HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private static async Task<IEnumerable<V1Pod>> PodsOfAsync(IKubernetes client, string node, CancellationToken cancellationToken) =>
        (await client.CoreV1.ListPodForAllNamespacesAsync(fieldSelector: $"spec.nodeName={node}", cancellationToken: cancellationToken).ConfigureAwait(false)).Items;

    private static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;
}
