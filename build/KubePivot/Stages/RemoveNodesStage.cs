using k8s;
using k8s.Models;
using KubePivot.Configuration;
using KubePivot.Kubernetes;
using KubePivot.Machines;
using KubePivot.Nodes;
using KubePivot.Waiting;

namespace KubePivot.Stages;

/// <summary>
/// Nodes that have left cluster.yaml leave the cluster: drained, deleted, and their machines, if these are ours, destroyed. Only after
/// a yes. The others are not touched. A master has left etcd before, see CopyAssets.
/// </summary>
/// <param name="api">A client of the cluster; by default one from <c>.cluster/kubeconfig</c>.</param>
public sealed class RemoveNodesStage(StageContext context, Confirmation confirmation, IKubernetes? api = null)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>The machines that are there although the cluster has no such node any more. Looks at this host alone.</summary>
    public static IReadOnlyList<MachineEntry> MachinesWithoutNode(Cluster cluster, ClusterPaths paths) =>
        MachinesFile.LoadIfPresent(paths) is { } known
            ? [.. known.Machines.Where(machine => cluster.Nodes.All(node => node.Name != machine.Name) && MachineStates.IsMade(paths, known.Provider, machine))]
            : [];

    public async Task RunAsync()
    {
        var machines = MachinesWithoutNode(context.Cluster, context.Paths);
        using var client = api ?? ClusterApi.Open(context.Paths);
        var nodes = await GoneNodesAsync(client).ConfigureAwait(false);
        var names = nodes.Select(node => node.Metadata.Name).Union(machines.Select(machine => machine.Name)).Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0)
        {
            context.Reporter.Info("every node is one of cluster.yaml");
            return;
        }

        var (them, ours) = (names.Count == 1 ? "it" : "them", string.Join(", ", machines.Select(machine => machine.Name)));
        var question = ours.Length == 0 ? $"Drain {them} and delete {them} from the cluster?" : $"Drain {them}, delete {them} from the cluster and destroy the machine{(machines.Count == 1 ? "" : "s")} of {ours}?";
        if (!confirmation.IsGiven($"{string.Join(", ", names)}: no longer in the cluster file. {question}"))
        {
            context.Reporter.Warning($"{string.Join(", ", names)} stay{(names.Count == 1 ? "s" : "")} in the cluster, though no longer in the cluster file: ./build.sh Bootstrap --yes drains and removes {them}");
            return;
        }

        foreach (var name in names)
        {
            await RemoveAsync(client, nodes.FirstOrDefault(node => node.Metadata.Name == name), machines.FirstOrDefault(machine => machine.Name == name)).ConfigureAwait(false);
        }
    }

    /// <summary>The nodes that the API has and cluster.yaml has not. Waits for an API that does not answer.</summary>
    private async Task<IReadOnlyList<V1Node>> GoneNodesAsync(IKubernetes client)
    {
        IReadOnlyList<V1Node> gone = [];
        await ApiWait.UntilAsync(
            context,
            $"the API at {context.Cluster.ControlPlaneEndpoint} to name its nodes",
            Interval,
            async stop =>
            {
                var nodes = await client.CoreV1.ListNodeAsync(cancellationToken: stop).ConfigureAwait(false);
                gone = [.. nodes.Items.Where(node => context.Cluster.Nodes.All(ours => ours.Name != node.Metadata.Name))];
                return new Observation(true, "");
            },
            stop => NodeEvidence.CollectAsync(context, context.Cluster.Nodes.Where(node => node.IsMaster), stop)).ConfigureAwait(false);
        return gone;
    }

    private async Task RemoveAsync(IKubernetes client, V1Node? node, MachineEntry? machine)
    {
        var isHeard = false;
        if (node != null)
        {
            using var step = context.Reporter.Step("drain", node.Metadata.Name);
            isHeard = await new NodeDrain(context, client).RemoveAsync(node.Metadata.Name).ConfigureAwait(false);
        }

        if (machine != null)
        {
            using var step = context.Reporter.Step("destroy the machine", machine.Name);
            await DestroyAsync(machine).ConfigureAwait(false);
        }
        else if (isHeard)
        {
            context.Reporter.Info("if its machine still runs, 'systemctl disable --now kubelet' there keeps it from coming back", node!.Metadata.Name);
        }
    }

    private async Task DestroyAsync(MachineEntry machine)
    {
        (await new Vagrant(context).RunAsync("destroy", "--force", machine.Name).ConfigureAwait(false))
            .ThrowOnFailure($"Vagrant could not destroy the machine {machine.MachineName}", "It is no longer a node of the cluster. Mend what Vagrant says, and run Bootstrap again.");
        var known = MachinesFile.LoadIfPresent(context.Paths)!;
        (known with { Machines = [.. known.Machines.Where(other => other.Name != machine.Name)] }).Save(context.Paths);
        context.Reporter.Info($"destroyed the machine {machine.MachineName}", machine.Name);
    }
}
