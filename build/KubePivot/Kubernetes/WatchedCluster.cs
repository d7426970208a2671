using KubePivot.Configuration;
using KubePivot.Nodes;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Kubernetes;

/// <summary>A cluster that is looked at again and again: judges it, and prints its nodes and pods when they have changed.</summary>
/// <param name="pace">Least time between two printed tables; more than zero.</param>
/// <param name="runningOn">Asks a node for the IDs of the containers that run on it.</param>
public sealed class WatchedCluster(StageContext context, ClusterView view, ClusterJudge judge, TimeSpan pace, Func<Node, Task<IReadOnlySet<string>>> runningOn)
{
    private string? printedPods;
    private string? printedNodes;
    private long? printedAt;
    private string? lastWords;

    public ClusterView View => view;

    /// <summary>What the last look found; null before the API has answered.</summary>
    public ClusterVerdict? Verdict { get; private set; }

    /// <summary>
    /// One look. A cluster that is good by what the API says is asked itself: of a machine that is gone the API repeats for up to 40 s
    /// what its kubelet said last, and of one that has taken its place until the new kubelet has looked at its pods.
    /// </summary>
    public async Task<Observation> LookAsync()
    {
        if (Look() is { Done: false } notYet)
        {
            return notYet;
        }

        try
        {
            return Look(await EndedAsync().ConfigureAwait(false));
        }
        catch (StageException exception)
        {
            return new Observation(false, TellOnChange($"all is good by what the API says, but a node does not say what runs there: {exception.Message}"));
        }
    }

    /// <summary>The containers that have ended, and of which the API does not know it yet.</summary>
    private async Task<IReadOnlySet<string>> EndedAsync()
    {
        var told = judge.RunningContainers(view.Pods);
        var ended = await AllNodes.RunAsync(
            context.Cluster.Nodes.Where(node => told.Contains(node.Name)),
            async node => told[node.Name].Except(await runningOn(node).ConfigureAwait(false))).ConfigureAwait(false);
        return ended.SelectMany(ids => ids).ToHashSet(StringComparer.Ordinal);
    }

    private string TellOnChange(string words)
    {
        if (words != lastWords)
        {
            context.Reporter.Info(words);
            lastWords = words;
        }

        return words;
    }

    private Observation Look(IReadOnlySet<string>? ended = null)
    {
        if (!view.IsListed || view.Trouble != null)
        {
            // What was seen last may be out of date: nothing is judged by it.
            var api = $"the API at {context.Cluster.ControlPlaneEndpoint} does not answer: {view.Trouble ?? "no answer yet"}";
            return new Observation(false, Verdict == null ? api : $"{api}; before that {Verdict.Words()}");
        }

        Verdict = judge.Judge(view, context.Clock.GetUtcNow(), ended);
        if (printedAt is not { } last || context.Clock.GetElapsedTime(last) >= pace)
        {
            if (context.Reporter.Redraw([.. Table(), NodesLine()], context.Cluster.Bootstrap.Name))
            {
                printedAt = context.Clock.GetTimestamp();
            }
            else
            {
                Print();
            }
        }

        var hopeless = string.Join("; ", Verdict.Hopeless.Select(verdict => $"{ClusterVerdict.NameOf(verdict.Pod)}: {verdict.Reason}"));
        return new Observation(Verdict.IsGood, Verdict.Words(), hopeless.Length == 0 ? null : hopeless);
    }

    /// <summary>Prints what has changed since the last table, however little time has passed.</summary>
    public void PrintLast()
    {
        if (Verdict != null)
        {
            Print();
        }
    }

    private IEnumerable<PodRow> Rows() => view.Pods.Where(judge.IsOurs).Select(PodRow.Of);

    private IReadOnlyList<string> Table() => PodTable.Lines(Rows(), context.Clock.GetUtcNow());

    private void Print()
    {
        var (pods, nodes) = (PodTable.Fingerprint(Rows()), string.Join(", ", Verdict!.NodesMissing));
        if (pods == printedPods && nodes == printedNodes)
        {
            return;
        }

        var lines = pods == printedPods ? [] : Table();
        foreach (var line in nodes == printedNodes ? lines : lines.Append(NodesLine()))
        {
            context.Reporter.Info(line, context.Cluster.Bootstrap.Name);
        }

        (printedPods, printedNodes, printedAt) = (pods, nodes, context.Clock.GetTimestamp());
    }

    private string NodesLine()
    {
        var (count, missing) = (Verdict!.NodeCount, string.Join(", ", Verdict.NodesMissing));
        return missing.Length == 0 ? $"All {count} nodes are Ready." : $"{count - Verdict.NodesMissing.Count} of {count} nodes are Ready, not yet: {missing}";
    }
}
