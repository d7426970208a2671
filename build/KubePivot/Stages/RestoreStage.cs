using KubePivot.Configuration;
using KubePivot.Etcd;
using KubePivot.Nodes;
using KubePivot.Ssh;

namespace KubePivot.Stages;

/// <summary>
/// Gives every master's etcd the data of a backup, as a new cluster of etcd. What lies there is kept aside. Every pod is ended, for
/// it may know of things that the backup does not; afterwards bootkube starts the control plane anew, as on machines that are new.
/// </summary>
/// <param name="file">The backup.</param>
/// <param name="snapshot">What is known of it, see <see cref="EtcdSnapshot.Load"/>.</param>
public sealed class RestoreStage(StageContext context, string file, EtcdSnapshot snapshot, Confirmation confirmation)
{
    private const string Etcd = EtcdMembers.Unit;

    private IEnumerable<Node> Masters => context.Cluster.Nodes.Where(node => node.IsMaster);

    private string Members => string.Join(',', Masters.Select(master => $"{master.Name}={EtcdMaster.PeerUrlOf(master)}"));

    /// <exception cref="InvalidInputException">Nobody said yes. Nothing was changed.</exception>
    public async Task RunAsync()
    {
        confirmation.ThrowUnlessGiven($"Replace all that the cluster {context.Cluster.Spec.Name} knows by the backup of {snapshot}, and restart every pod?", "");
        await using var opened = await OpenOnNodes<NodeUnderConstruction>.OpenAsync(context.Cluster.Nodes, node => NodeUnderConstruction.OpenAsync(context, node)).ConfigureAwait(false);
        var (nodes, masters) = (opened.All, opened.All.Where(node => node.Node.IsMaster).ToList());

        // All that can go wrong with the backup goes wrong here, where nothing has been changed yet.
        var time = $"{context.Clock.GetUtcNow():yyyyMMdd'T'HHmmss}Z";
        await EachAsync(masters, "unpack the backup", node => PrepareAsync(node, $"{context.Cluster.UniqueName}-{time}")).ConfigureAwait(false);
        await EachAsync(nodes, "end all pods", node => RunAsync(node, "stop-pods", RootOf(node))).ConfigureAwait(false);
        await EachAsync(masters, "exchange etcd's data", node => RunAsync(node, "swap-etcd-data", RootOf(node), $"etcd-before-restore-{time}")).ConfigureAwait(false);
        await EachAsync(masters, "start etcd", StartEtcdAsync).ConfigureAwait(false);
        await EachAsync(nodes, "start the kubelet", node => SystemctlAsync(node, "start kubelet.service")).ConfigureAwait(false);
        context.Reporter.Info($"etcd holds the backup of {snapshot}; what it held before is in /var/lib/etcd-before-restore-{time} on each master");
    }

    private async Task PrepareAsync(NodeUnderConstruction node, string token)
    {
        await using var content = File.OpenRead(file);
        (await node.Connection.RunAsync(
                NodeProgram.CommandLine("prepare-etcd-restore", RootOf(node), node.Node.Name, Members, EtcdMaster.PeerUrlOf(node.Node), token, snapshot.Sha256),
                content,
                shown: "bash prepare-etcd-restore",
                cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure("could not make etcd's data from the backup", "Nothing was changed: the cluster runs on as it was.");
    }

    /// <summary>All members at once: none is healthy before the others are there.</summary>
    private async Task StartEtcdAsync(NodeUnderConstruction node)
    {
        await SystemctlAsync(node, $"restart --no-block {Etcd}").ConfigureAwait(false);
        await node.UntilHealthyAsync([Etcd]).ConfigureAwait(false);
    }

    private Task SystemctlAsync(NodeUnderConstruction node, string arguments) => OnNodeAsync(node, $"systemctl {arguments}", $"systemctl {arguments}");

    private Task RunAsync(NodeUnderConstruction node, string program, params string[] arguments) =>
        OnNodeAsync(node, NodeProgram.CommandLine(program, arguments), $"bash {program}");

    private async Task OnNodeAsync(NodeUnderConstruction node, string command, string shown) =>
        (await node.Connection.RunAsync(command, shown: shown, cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure($"{shown} failed", "Run ./build.sh Restore with the same backup again: it begins anew.");

    private string RootOf(NodeUnderConstruction node) => context.LayoutOf(node.Node).Root;

    private Task EachAsync(IReadOnlyList<NodeUnderConstruction> nodes, string step, Func<NodeUnderConstruction, Task> work)
    {
        context.Reporter.Info($"{step} ({string.Join(", ", nodes.Select(node => node.Node.Name))})");
        return AllNodes.RunAsync(nodes, async node =>
        {
            using var measured = context.Reporter.Step(step, node.Node.Name);
            await work(node).ConfigureAwait(false);
        });
    }
}
