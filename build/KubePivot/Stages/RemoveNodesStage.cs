using k8s;
using k8s.Models;
using KubePivot.Configuration;
using KubePivot.Kubernetes;
using KubePivot.Machines;

namespace KubePivot.Stages;

/// <summary>
/// Nodes that have left cluster.yaml leave the cluster: drained, deleted, and their machines destroyed. Only after a yes. The others
/// are not touched. A master has left etcd before, see CopyAssets.
/// </summary>
/// <param name="api">A client of the cluster; by default one from <c>.cluster/kubeconfig</c>.</param>
public sealed class RemoveNodesStage(StageContext context, Confirmation confirmation, IKubernetes? api = null)
{
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

        if (!confirmation.IsGiven($"{string.Join(", ", names)}: no longer in the cluster file. Drain {(names.Count == 1 ? "it" : "them")}, delete {(names.Count == 1 ? "it" : "them")} from the cluster and destroy the machine{(names.Count == 1 ? "" : "s")}?"))
        {
            context.Reporter.Warning($"{string.Join(", ", names)} stay{(names.Count == 1 ? "s" : "")} in the cluster, though no longer in the cluster file: ./build.sh Bootstrap --yes drains and removes {(names.Count == 1 ? "it" : "them")}");
            return;
        }

        foreach (var name in names)
        {
            await RemoveAsync(client, nodes.FirstOrDefault(node => node.Metadata.Name == name), machines.FirstOrDefault(machine => machine.Name == name)).ConfigureAwait(false);
        }
    }

    private async Task<List<V1Node>> GoneNodesAsync(IKubernetes client)
    {
        try
        {
            var nodes = await client.CoreV1.ListNodeAsync(cancellationToken: context.CancellationToken).ConfigureAwait(false);
            return [.. nodes.Items.Where(node => context.Cluster.Nodes.All(ours => ours.Name != node.Metadata.Name))];
        }
        catch (Exception exception) when (ApiFailure.Is(exception))
        {
            throw new StageException($"Could not ask the API at {context.Cluster.ControlPlaneEndpoint} for its nodes: {ApiFailure.Words(exception)}. ./build.sh Status shows what runs.", exception);
        }
    }

    private async Task RemoveAsync(IKubernetes client, V1Node? node, MachineEntry? machine)
    {
        if (node != null)
        {
            using var step = context.Reporter.Step("drain", node.Metadata.Name);
            await new NodeDrain(context, client).RemoveAsync(node).ConfigureAwait(false);
        }

        if (machine != null)
        {
            using var step = context.Reporter.Step("destroy the machine", machine.Name);
            await DestroyAsync(machine).ConfigureAwait(false);
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
