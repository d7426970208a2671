using k8s;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Kubernetes;
using KubePivot.Nodes;
using KubePivot.Waiting;

namespace KubePivot.Stages;

/// <summary>
/// Waits until every node is Ready, every workload of the manifests complete, and every pod of the cluster's own namespaces
/// Running and Ready, by what the API says and by what runs on the nodes. A watch, which prints the pods when they change. Changes
/// nothing in the cluster.
/// </summary>
/// <param name="release">The Kubernetes release in use.</param>
/// <param name="api">A client of the cluster; by default one from <c>.cluster/kubeconfig</c>.</param>
/// <param name="patience">How long troubles may last that often pass by themselves.</param>
/// <param name="runningOn">Asks a node for the IDs of the containers that run on it; by default its container runtime.</param>
public sealed class WaitForPodsStage(
    StageContext context, KubernetesRelease release, IKubernetes? api = null, Patience? patience = null, Func<Node, Task<IReadOnlySet<string>>>? runningOn = null)
{
    /// <summary>The table is printed no more often than this, whatever changes.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>Bound of the API's evidence after a failure: it may be what has failed.</summary>
    private static readonly TimeSpan EvidenceBound = TimeSpan.FromSeconds(20);

    /// <exception cref="StageException">Time is up, or success has become impossible: with what was seen last, and the evidence.</exception>
    public async Task RunAsync()
    {
        var expected = ExpectedObjects.Load(context.Paths);
        using var client = api ?? ClusterApi.Open(context.Paths);
        var changed = new ChangeSignal(context.Clock);
        var watched = new WatchedCluster(
            context,
            new ClusterView(client, context.Clock, changed),
            new ClusterJudge(context.Cluster, expected, patience ?? new Patience()),
            Pace,
            runningOn ?? (node => RunningContainers.AskAsync(context, node)));
        Announce();

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var watching = watched.View.RunAsync(stop.Token);
        try
        {
            using var step = context.Reporter.Step("wait for nodes and pods");
            await new Wait(context.Clock, line => context.Reporter.Detail(line)).UntilAsync(
                "every node Ready and every pod Running and Ready",
                context.Timeout,
                changed,
                Pace,
                _ => watched.LookAsync(),
                token => EvidenceAsync(client, watched, token),
                context.CancellationToken).ConfigureAwait(false);
        }
        finally
        {
            watched.PrintLast();
            await stop.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }

        Tell("Kubernetes has started successfully!");
    }

    private void Announce()
    {
        Tell("Kubernetes is starting. As a progress check, the list of running pods");
        Tell("will be printed when it changes.");
        if (release.Source == KubernetesSource.Upstream)
        {
            Tell("NOTE: this may take 20 minutes or more depending on Internet throughput.");
            Tell("~1GB of data will be downloaded.");
        }

        Tell($"Waiting ≤ {Wait.Words(context.Timeout)} for {context.Cluster.Nodes.Count} nodes and all of the cluster's own pods.");
    }

    private async Task<string> EvidenceAsync(IKubernetes client, WatchedCluster watched, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(EvidenceBound);
        var pods = watched.Verdict?.Pods.OrderBy(verdict => verdict.State != PodState.Hopeless).Select(verdict => verdict.Pod).ToList() ?? [];
        var silent = watched.View.Trouble != null || watched.Verdict == null;
        var troubled = context.Cluster.Nodes.Where(node => silent ? node.IsMaster : watched.Verdict!.NodesMissing.Any(missing => missing.StartsWith($"{node.Name} ", StringComparison.Ordinal)));
        var asking = NodeEvidence.CollectAsync(context, troubled, cancellationToken);
        var shown = await new PodEvidence(client).CollectAsync(pods, bound.Token).ConfigureAwait(false);
        var said = await asking.ConfigureAwait(false);
        return string.Join(
            Environment.NewLine,
            new[] { shown, said, $"  Look closer with: kubectl --kubeconfig {context.Paths.Kubeconfig} get pods --all-namespaces; then run ./build.sh again, it goes on from here." }.Where(line => line.Length > 0));
    }

    private void Tell(string line) => context.Reporter.Info(line, context.Cluster.Bootstrap.Name);
}
