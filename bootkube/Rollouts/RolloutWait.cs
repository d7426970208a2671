using System.Text.Json.Nodes;
using Bootkube.Api;
using Bootkube.Assets;
using KubePivot;
using KubePivot.Kubernetes;
using KubePivot.Waiting;

namespace Bootkube.Rollouts;

/// <summary>Waits, by watching, until the control plane's workloads run on every master.</summary>
internal sealed class RolloutWait(ApiClient api, Journal journal, TimeProvider clock)
{
    /// <summary>After this a quorum of masters is enough: one that is broken must not keep the others from working.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(3);

    private const string Namespace = "kube-system";

    /// <summary>One that is broken must not keep the others from their change: it may be what mends it.</summary>
    private static readonly TimeSpan ServersBound = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LookAtServers = TimeSpan.FromMilliseconds(500);

    /// <summary>Time itself can change the answer (grace, age of a pod), so there is a look at least this often.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>The control plane's workloads that an asset tree holds.</summary>
    /// <exception cref="InvalidInputException">One of the three is missing.</exception>
    public static IReadOnlyList<string> Expected(AssetTree assets)
    {
        string[] names = [RolloutState.ApiServer, "kube-controller-manager", "kube-scheduler"];
        var missing = names
            .Where(name => !assets.Manifests.Any(manifest => manifest is { Kind: "DaemonSet" or "Deployment", Namespace: Namespace } && manifest.Name == name))
            .Select(name => new Problem("manifests", null, $"holds no DaemonSet or Deployment {Namespace}/{name}"))
            .ToList();
        return missing.Count == 0 ? names : throw new InvalidInputException($"The asset tree {assets.Folder} makes no whole control plane:", missing);
    }

    /// <summary>
    /// Waits, not for long, until all API servers that run are Ready. A rollout ends those that are not at once, however many they are: after
    /// a restart of their kubelets, which take them for not Ready until they have probed them, that would be all.
    /// </summary>
    /// <remarks>rollingUpdate in https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/daemon/update.go</remarks>
    public async Task UntilServersAreReadyAsync(CancellationToken cancellationToken)
    {
        var missing = await new Wait(clock, journal.Tell).TryUntilAsync(
            "the API servers",
            ServersBound,
            LookAtServers,
            async token =>
            {
                var answer = await api.GetAsync($"/apis/apps/v1/namespaces/{Namespace}/daemonsets/{RolloutState.ApiServer}", token);
                var missing = answer.Succeeded ? answer.Body.Number("status", "numberUnavailable") : 0;
                return new(missing == 0, $"{missing} of {answer.Body.Number("status", "desiredNumberScheduled")} are not Ready");
            },
            cancellationToken);
        if (missing != null)
        {
            journal.Tell($"Of the API servers {missing}; going on, though a rollout does not spare those");
        }
    }

    /// <summary>Waits until all is rolled out, or after <see cref="Grace"/> a quorum.</summary>
    /// <param name="here">Addresses of this node, on which the API server must be Ready; null: no such demand.</param>
    /// <returns>The state that was good enough.</returns>
    /// <exception cref="StageException">Time is up, or a pod will not run without somebody's doing: with its last words.</exception>
    public async Task<RolloutState> UntilRolledOutAsync(
        IReadOnlyList<string> expected, IReadOnlySet<string>? here, TimeSpan bound, CancellationToken cancellationToken)
    {
        await using var views = new LiveViews(
            api,
            clock,
            cancellationToken,
            $"/api/v1/namespaces/{Namespace}/pods",
            $"/apis/apps/v1/namespaces/{Namespace}/daemonsets",
            $"/apis/apps/v1/namespaces/{Namespace}/deployments");
        await views.SeenAsync(cancellationToken);
        var started = clock.GetTimestamp();
        var state = StateOf(expected, views).State;
        var ended = new EndedPods(api, new Leases(api, journal, clock), journal);
        await new Wait(clock, journal.Tell).UntilAsync(
            "the self-hosted control plane",
            bound,
            views.Changed,
            LookAgain,
            async token =>
            {
                (state, var owned) = StateOf(expected, views);
                await ended.RemoveAsync(owned, token);
                return state.Look(clock.GetUtcNow(), clock.GetElapsedTime(started), Grace, here);
            },
            token => EvidenceAsync(state, token),
            cancellationToken);

        if (!state.IsComplete)
        {
            journal.Tell($"Going on with a quorum: after {Wait.Words(Grace)} not every master runs all of it: {state.Look(clock.GetUtcNow(), Grace, Grace, here).Observed}");
        }

        return state;
    }

    /// <returns>The state, and the pods of its workloads as the API has them, with the workloads' names.</returns>
    private static (RolloutState State, IReadOnlyList<(JsonNode Pod, string Workload)> Owned) StateOf(IReadOnlyList<string> expected, LiveViews views)
    {
        var pods = views[0].Select(node => (Node: node, Pod: Pod.From(node))).ToList();
        var workloads = views[1].Concat(views[2]).Select(Workload.From).Where(workload => expected.Contains(workload.Name)).ToList();
        // A Deployment of the control plane has one replica a master; a DaemonSet only counts the masters that have joined.
        var masters = workloads.Select(workload => workload.Wanted).Append(1).Max();
        return (
            new(expected, masters, workloads, [.. pods.Select(pod => pod.Pod)], views.Trouble),
            [.. from pod in pods from workload in workloads where workload.Owns(pod.Pod) select (pod.Node, workload.Name)]);
    }

    /// <summary>Nodes, and the last words of the pods that are not Ready.</summary>
    private async Task<string> EvidenceAsync(RolloutState state, CancellationToken cancellationToken)
    {
        var nodes = await api.GetAsync("/api/v1/nodes", cancellationToken);
        var lines = new List<string>
        {
            nodes.Succeeded
                ? $"  Nodes: {string.Join(", ", nodes.Body.Items("items").Select(node => $"{node.Text("metadata", "name")} {(node.HasCondition("Ready") ? "Ready" : "not Ready")}").DefaultIfEmpty("none has joined"))}"
                : $"  Nodes: {nodes}",
        };
        foreach (var pod in state.Pods.Where(pod => !pod.Ready && state.Workloads.Any(workload => workload.Owns(pod))).Take(3))
        {
            lines.Add($"  Pod {pod.Name}: {pod.State}{(pod.Words.Length == 0 ? "" : $": {pod.Words}")}");
            if (await PullFailureAsync(pod, cancellationToken) is { } failure)
            {
                lines.Add($"    {failure}");
            }

            if (pod.Restarts > 0)
            {
                var log = await api.GetAsync(
                    $"/api/v1/namespaces/{pod.Namespace}/pods/{pod.Name}/log?previous=true&tailLines=10{(pod.WaitingContainer == null ? "" : $"&container={pod.WaitingContainer}")}",
                    cancellationToken);
                lines.AddRange((log.Succeeded ? log.Text : log.ToString()).Split('\n').Select(line => $"    {line}"));
            }
        }

        return string.Join('\n', lines);
    }

    /// <summary>Why an image of the pod cannot be had, if that is its trouble: its state tells so only at times, its events do for an hour.</summary>
    private async Task<ImagePullFailure?> PullFailureAsync(Pod pod, CancellationToken cancellationToken)
    {
        var events = await api.GetAsync($"/api/v1/namespaces/{pod.Namespace}/events?fieldSelector=involvedObject.name={pod.Name}", cancellationToken);
        return !events.Succeeded ? null : events.Body.Items("items")
            .Select(item => (At: item.Time("lastTimestamp"), Failure: ImagePullFailure.Find(item.Text("message") ?? "")))
            .Where(found => found.Failure != null).OrderBy(found => found.At).LastOrDefault().Failure;
    }
}
