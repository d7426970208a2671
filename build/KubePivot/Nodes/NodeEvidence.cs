using KubePivot.Configuration;
using KubePivot.Ssh;
using KubePivot.Stages;

namespace KubePivot.Nodes;

/// <summary>What a node itself says of its trouble: an API that hears nothing of a node, or does not answer, cannot say it.</summary>
internal static class NodeEvidence
{
    /// <summary>So many nodes in trouble are asked for their own words; what holds for one often holds for all.</summary>
    private const int MostNodes = 3;

    /// <summary>Bound of the look: the nodes may be what has failed.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    /// <summary>What the first of some nodes say, all at once.</summary>
    /// <inheritdoc cref="CollectAsync(StageContext, Node, CancellationToken)"/>
    public static async Task<string> CollectAsync(StageContext context, IEnumerable<Node> nodes, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Bound);
        return string.Join(Environment.NewLine, await Task.WhenAll(nodes.Take(MostNodes).Select(node => CollectAsync(context, node, bound.Token))).ConfigureAwait(false));
    }

    /// <summary>
    /// Lines for the message of a failure: what its units said last, whether they are healthy, which other nodes it does not reach.
    /// Never fails itself.
    /// </summary>
    public static async Task<string> CollectAsync(StageContext context, Node node, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await NodeConnection.ConnectAsync(context.EndpointOf(node), cancellationToken).ConfigureAwait(false);
            IReadOnlyList<string> units = ["containerd.service", "haproxy.service", "kubelet.service", .. node.IsMaster ? new[] { "etcd.service" } : []];
            var reaching = NodeReach.AskAsync(connection, context.Cluster, cancellationToken);
            var health = HealthAsync(connection, context.LayoutOf(node), node, units, cancellationToken);
            var said = await connection.RunAsync(NodeProgram.CommandLine("last-words-of-units", units), shown: "bash last-words-of-units", cancellationToken: cancellationToken).ConfigureAwait(false);
            return string.Join(Environment.NewLine, [
                $"  {node.Name} itself says:",
                said.StandardOutput.TrimEnd(),
                .. (await reaching.ConfigureAwait(false)).Where(other => !other.Reached).Select(other => $"    {node.Name} {other}"),
                $"    {await health.ConfigureAwait(false)}",
            ]);
        }
        catch (Exception exception) when (exception is StageException or OperationCanceledException)
        {
            return $"  {node.Name} could not be asked: {exception.Message.Split('\n')[0].TrimEnd()}";
        }
    }

    /// <summary>What is wrong with units, in the words in which CopyAssets waits for them.</summary>
    private static async Task<string> HealthAsync(NodeConnection connection, NodeLayout layout, Node node, IReadOnlyList<string> units, CancellationToken cancellationToken)
    {
        try
        {
            var state = await NodeState.LookAsync(connection, layout, node.IsMaster, units, [], cancellationToken).ConfigureAwait(false);
            return NodeHealth.Of(units, state.Units, state, int.MaxValue).Observed is { Length: > 0 } trouble ? trouble : "its units run and are healthy";
        }
        catch (StageException exception)
        {
            return exception.Message.Split('\n')[0].TrimEnd();
        }
    }
}
