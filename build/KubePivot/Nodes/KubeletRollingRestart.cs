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

    /// <summary>An API that serves may miss a moment: a leader of etcd is elected, the virtual address moves.</summary>
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(10);

    /// <summary>So many looks in a row have to be good: what a kubelet has found, and told its metrics, it tells the API with up to five requests a second.</summary>
    private const int GoodLooks = 3;

    /// <summary>The nodes in the order of their restarts. Empty where no API answers: there is no service to keep up, and all are restarted at once.</summary>
    /// <param name="changed">The nodes whose kubelets are to be restarted.</param>
    public async Task<IReadOnlyList<NodeUnderConstruction>> PlanAsync(IEnumerable<NodeUnderConstruction> changed)
    {
        var nodes = changed.ToList();
        if (nodes.Count == 0)
        {
            return nodes;
        }

        using var opened = File.Exists(context.Paths.Kubeconfig) && api == null ? ClusterApi.Open(context.Paths) : null;
        var trouble = (api ?? opened) is not { } client ? "there is none yet" : await TryAsync(
            "the API to answer",
            async stop =>
            {
                await client.CoreV1.ListNodeAsync(limit: 1, cancellationToken: stop).ConfigureAwait(false);
                return new(true, "");
            }).ConfigureAwait(false);
        if (trouble == null)
        {
            return nodes;
        }

        context.Reporter.Info($"no API answers ({trouble}): all kubelets are restarted at once");
        return [];
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

    /// <summary>UIDs of the pods of a node that are ready, and would count as not ready after a restart; none if the API does not say.</summary>
    private async Task<IReadOnlySet<string>> ReadyPodsAsync(IKubernetes client, string node)
    {
        var ready = new HashSet<string>(StringComparer.Ordinal);
        var trouble = await TryAsync(
            $"the API to name the pods of {node}",
            async stop =>
            {
                ready = (await PodsOfAsync(client, node, stop).ConfigureAwait(false)).Where(pod => PodRow.IsReady(pod) && ReadinessProbes.Has(pod)).Select(pod => pod.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
                return new(true, "");
            }).ConfigureAwait(false);
        if (trouble != null)
        {
            context.Reporter.Warning($"which pods are to be ready again after a restart of the kubelet, the API does not say: {trouble}; they are not waited for", node);
        }

        return ready;
    }

    /// <summary>Goes on after a while, too: a pod may have got into trouble of its own.</summary>
    private async Task UntilReadyAsync(IKubernetes client, string node, IReadOnlySet<string> ready)
    {
        if (ready.Count == 0)
        {
            return;
        }

        IReadOnlyList<string> missing = [];
        var goodLooks = 0;
        var last = await new Wait(context.Clock, line => context.Reporter.Info(line, node)).TryUntilAsync(
            $"the pods of {node}",
            Bound,
            Interval,
            stop => ApiWait.ObserveAsync(
                async token =>
                {
                    missing = await NotReadyAsync(client, node, ready, token).ConfigureAwait(false);
                    goodLooks = missing.Count == 0 ? goodLooks + 1 : 0;
                    return new(goodLooks == GoodLooks, missing.Count == 0 ? "all are ready, it seems" : "not all are ready again");
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
        var probes = await ProbesOfAsync(client, node, cancellationToken).ConfigureAwait(false);
        return [.. (await PodsOfAsync(client, node, cancellationToken).ConfigureAwait(false))
            .Where(pod => ready.Contains(pod.Metadata.Uid) && pod.Metadata.DeletionTimestamp == null && !(PodRow.IsReady(pod) && probes?.Found(pod) != false))
            .Select(pod => $"{pod.Namespace()}/{pod.Name()}").Order(StringComparer.Ordinal)];
    }

    /// <returns>Null when it is done; otherwise why not, after some seconds.</returns>
    private Task<string?> TryAsync(string description, Func<CancellationToken, Task<Observation>> look) =>
        new Wait(context.Clock, line => context.Reporter.Detail(line)).TryUntilAsync(description, AnswerBound, Interval, stop => ApiWait.ObserveAsync(look, stop), context.CancellationToken);

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
}
