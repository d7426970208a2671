using KubePivot.Configuration;
using KubePivot.Ssh;
using KubePivot.Stages;

namespace KubePivot.Nodes;

/// <summary>
/// Makes way for a control plane that is to be bootstrapped anew on the data in etcd: what is left of the old one ends on every node,
/// with the other pods of <c>kube-system</c>. The pods of users run on.
/// </summary>
internal sealed class ControlPlaneRevival(StageContext context)
{
    private const string Namespace = "kube-system";

    /// <exception cref="StageException">A node is not reached, and nothing was changed; or one could not do it.</exception>
    public async Task MakeWayAsync()
    {
        var nodes = context.Cluster.Nodes;
        await using var opened = await OpenOnNodes<NodeConnection>.OpenAsync(nodes, node => NodeConnection.ConnectAsync(context, node)).ConfigureAwait(false);
        var connections = nodes.Zip(opened.All).ToList();

        // The bootstrap master last, for it loses its done-marker: interrupted before, the next run begins here again.
        await AllNodes.RunAsync(connections.Where(node => node.First != context.Cluster.Bootstrap), EndPodsAsync).ConfigureAwait(false);
        await EndPodsAsync(connections.Single(node => node.First == context.Cluster.Bootstrap)).ConfigureAwait(false);
    }

    private async Task EndPodsAsync((Node Node, NodeConnection Connection) node)
    {
        using var measured = context.Reporter.Step($"end the pods of {Namespace}", node.Node.Name);
        await RunAsync(node.Connection, NodeProgram.CommandLine("stop-pods", context.LayoutOf(node.Node).Root, Namespace), "bash stop-pods").ConfigureAwait(false);
        await RunAsync(node.Connection, "systemctl start kubelet.service", "systemctl start kubelet.service").ConfigureAwait(false);
    }

    private async Task RunAsync(NodeConnection connection, string command, string shown) =>
        (await connection.RunAsync(command, shown: shown, cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure($"{shown} failed", "Run ./build.sh Bootstrap again: it goes on from there.");
}
