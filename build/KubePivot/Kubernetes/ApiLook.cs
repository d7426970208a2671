using k8s;
using k8s.Models;
using KubePivot.Configuration;
using KubePivot.Stages;
using KubePivot.Status;

namespace KubePivot.Kubernetes;

/// <summary>One quick look at the API, for <c>Status</c>. That it does not answer is a finding, not a failure.</summary>
public static class ApiLook
{
    /// <summary>Bound of the answers, not of our own getting ready.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(3);

    public static async Task<ApiStatus> LookAsync(StageContext context)
    {
        if (!File.Exists(context.Paths.Kubeconfig))
        {
            return Silent("there is no kubeconfig yet");
        }

        try
        {
            using var api = ClusterApi.Open(context.Paths);
            return await AskAsync(api, context).ConfigureAwait(false);
        }
        catch (StageException exception)
        {
            return Silent(exception.Message);
        }
    }

    private static async Task<ApiStatus> AskAsync(IKubernetes api, StageContext context)
    {
        using var bound = new CancellationTokenSource(Bound, context.Clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, context.CancellationToken);
        try
        {
            var version = api.Version.GetCodeAsync(stop.Token);
            var nodes = api.CoreV1.ListNodeAsync(cancellationToken: stop.Token);
            var pods = api.CoreV1.ListPodForAllNamespacesAsync(cancellationToken: stop.Token);
            await Task.WhenAll(version, nodes, pods).ConfigureAwait(false);
            return Found(context.Cluster, (await version.ConfigureAwait(false)).GitVersion, (await nodes.ConfigureAwait(false)).Items, (await pods.ConfigureAwait(false)).Items, context.Clock.GetUtcNow());
        }
        catch (Exception exception) when (ApiFailure.Is(exception) && !context.CancellationToken.IsCancellationRequested)
        {
            return Silent(bound.IsCancellationRequested ? $"no answer within {Bound.TotalSeconds:0} s" : ApiFailure.Words(exception));
        }
    }

    internal static ApiStatus Found(Cluster cluster, string version, IEnumerable<V1Node> nodes, IEnumerable<V1Pod> pods, DateTimeOffset now)
    {
        var judge = new PodJudge(new Patience());
        var byName = nodes.ToDictionary(node => node.Metadata.Name, StringComparer.Ordinal);
        var verdicts = pods.Select(pod => judge.Judge(pod, nodesReady: true, now)).Where(verdict => verdict.State != PodState.Ignored).ToList();
        return new ApiStatus(
            version,
            null,
            [
                .. cluster.Nodes.Select(node => byName.GetValueOrDefault(node.Name) is { } found ? Of(found) : new NodeStatus(node.Name, "not registered", null)),
                .. byName.Values.Where(node => cluster.Nodes.All(ours => ours.Name != node.Metadata.Name)).Select(node => Of(node) with { Trouble = "not in cluster.yaml" }),
            ],
            verdicts.Count,
            [
                .. verdicts.Where(verdict => verdict.State != PodState.Good)
                    .Select(verdict => PodRow.Of(verdict.Pod))
                    .OrderBy(row => row.Namespace, StringComparer.Ordinal).ThenBy(row => row.Name, StringComparer.Ordinal)
                    .Select(row => new PodStatus(row.Namespace, row.Name, row.Ready, row.Status, row.Restarts)),
            ]);
    }

    private static NodeStatus Of(V1Node node) => new(node.Metadata.Name, NodeReadiness.Trouble(node), node.Status?.NodeInfo?.KubeletVersion);

    private static ApiStatus Silent(string trouble) => new(null, trouble, [], 0, []);
}
