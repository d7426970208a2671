using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Ssh;

namespace KubePivot.Nodes;

/// <summary>Whether one node reaches another, as it says itself (reach-nodes.sh).</summary>
/// <param name="Said">What was said in place of an answer; empty: nothing within 2 s.</param>
internal sealed record NodeReach(string From, string To, string Address, bool Reached, string Said)
{
    /// <summary>Every machine has a server there, and nothing else of ours filters it.</summary>
    private const int SshPort = 22;

    /// <summary>Has a node try all others.</summary>
    public static async Task<IReadOnlyList<NodeReach>> AskAsync(NodeConnection connection, Cluster cluster, CancellationToken cancellationToken)
    {
        var others = cluster.Nodes.Where(other => other.Name != connection.Node).ToList();
        var port = cluster.Provider == MachineProvider.Existing ? others.FirstOrDefault()?.Spec.SshPort ?? SshPort : SshPort;
        var result = await connection.RunAsync(
            NodeProgram.CommandLine("reach-nodes", [$"{port}", .. others.Select(other => $"{other.Name}={other.Address}")]), shown: "bash reach-nodes", cancellationToken: cancellationToken).ConfigureAwait(false);
        return [.. Parse(connection.Node, result)];
    }

    /// <summary>Goes on from the node's name: <c>does not reach master01 (10.70.3.11): No route to host</c>.</summary>
    public override string ToString() => Reached ? $"reaches {To} ({Address})" : $"does not reach {To} ({Address}): {(Said.Length == 0 ? "no answer within 2 s" : Said)}";

    /// <summary>A machine that refuses the connection has been reached.</summary>
    private static IEnumerable<NodeReach> Parse(string node, CommandResult result) => result.StandardOutput.Split('\n')
        .Select(line => line.Trim().Split('|'))
        .Where(parts => parts.Length == 3)
        .Select(parts => new NodeReach(node, parts[0], parts[1], parts[2] is "reached" or "Connection refused", parts[2]));
}
