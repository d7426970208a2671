using KubePivot.Configuration;
using KubePivot.Etcd;
using KubePivot.Images;
using KubePivot.Nodes;
using KubePivot.Preflight;
using KubePivot.Ssh;

namespace KubePivot.Stages;

/// <summary>
/// What each node must hold is there, with owner and mode; etcd and kubelet run. One connection a node, all nodes at once; a node
/// that equals its tree already is left alone.
/// </summary>
/// <param name="payload">Kubernetes' programs and images; null: whatever the nodes hold will do.</param>
/// <param name="preflight">Refuses nodes that are not fit for a cluster, before anything is written onto any; null: all are taken.</param>
public sealed class CopyAssetsStage(StageContext context, NodePayload? payload = null, NodePreflight? preflight = null)
{
    private const string Etcd = EtcdMembers.Unit;

    private const string Kubelet = KubeletRollingRestart.Unit;

    /// <summary>Asked for before a master that has left the cluster file leaves etcd. Default: nobody is there to ask.</summary>
    public Confirmation Confirmation { get; init; } = new(false, null);

    private readonly PayloadTransfer? transfer = payload == null ? null : new PayloadTransfer(context, payload);

    public async Task RunAsync()
    {
        await using var opened = await OpenOnNodes<NodeUnderConstruction>.OpenAsync(context.Cluster.Nodes, OpenAsync).ConfigureAwait(false);
        var nodes = opened.All;
        var changed = nodes.Where(node => !node.Changes.None | transfer?.IsNeeded(node) == true).ToList();
        await ThrowIfUnfitAsync(nodes, changed).ConfigureAwait(false);
        var masters = nodes.Where(node => node.Node.IsMaster).ToList();
        var members = new EtcdMembers(context, Confirmation, masters);
        var membership = await members.PlanAsync().ConfigureAwait(false);
        var (etcds, kubelets) = (new EtcdRollingRestart(context, members, masters, membership), new KubeletRollingRestart(context));
        var etcdRestarts = await etcds.PlanAsync(changed.Where(NeedsAnotherEtcd)).ConfigureAwait(false);
        var kubeletRestarts = await kubelets.PlanAsync(changed.Where(NeedsAnotherKubelet)).ConfigureAwait(false);
        await members.RemoveAsync(membership).ConfigureAwait(false);
        await AllNodes.RunAsync(changed, node => ChangeAsync(node, [
            .. etcdRestarts.Members.Contains(node) || membership.Join.Any(joining => joining.Name == node.Node.Name) ? new[] { Etcd } : [],
            .. kubeletRestarts.Contains(node) ? new[] { Kubelet } : []])).ConfigureAwait(false);
        await etcds.RunAsync(etcdRestarts).ConfigureAwait(false);
        await members.JoinAsync(membership).ConfigureAwait(false);
        await kubelets.RunAsync(kubeletRestarts).ConfigureAwait(false);
        await AllNodes.RunAsync(nodes.Where(node => changed.Contains(node) || NeedsWaiting(node)), node => MeasuredAsync("wait for units", node, () => node.UntilHealthyAsync(node.Tree.Units))).ConfigureAwait(false);
        TellSummary(nodes, changed);
    }

    private async Task<NodeUnderConstruction> OpenAsync(Node node)
    {
        using var step = context.Reporter.Step("look", node.Name);
        return await NodeUnderConstruction.OpenAsync(context, node).ConfigureAwait(false);
    }

    /// <summary>All nodes are judged, as they must also agree among each other; none is looked at when nothing is to be written.</summary>
    private async Task ThrowIfUnfitAsync(IReadOnlyList<NodeUnderConstruction> nodes, List<NodeUnderConstruction> changed)
    {
        if (preflight == null || changed.Count == 0)
        {
            return;
        }

        preflight.ThrowIfUnfit(await AllNodes.RunAsync(nodes, async node =>
        {
            using var step = context.Reporter.Step("preflight", node.Node.Name);
            return (node.Node, await preflight.ObserveAsync(node.Connection, context.LayoutOf(node.Node)).ConfigureAwait(false));
        }).ConfigureAwait(false));
    }

    private async Task ChangeAsync(NodeUnderConstruction node, IReadOnlyCollection<string> later)
    {
        await MeasuredAsync("write files", node, node.WriteFilesAsync).ConfigureAwait(false);
        if (transfer?.IsNeeded(node) == true)
        {
            await MeasuredAsync("copy Kubernetes", node, () => transfer.SendAsync(node, context.LayoutOf(node.Node).Root)).ConfigureAwait(false);
        }

        await MeasuredAsync("start units", node, () => node.ManageUnitsAsync(later, NeedsAnotherKubelet(node) ? [Kubelet] : [])).ConfigureAwait(false);
    }

    /// <summary>What it was started with has changed, or the program is replaced under a member that runs.</summary>
    private bool NeedsAnotherEtcd(NodeUnderConstruction node) =>
        node.Changes.Restart.Contains(Etcd) || (payload?.HasEtcd == true && node.Found.EtcdHealthy && transfer?.IsNeeded(node) == true);

    /// <inheritdoc cref="NeedsAnotherEtcd"/>
    private bool NeedsAnotherKubelet(NodeUnderConstruction node) =>
        node.Changes.Restart.Contains(Kubelet) || (transfer?.IsNeeded(node) == true && node.Found.IsUp(Kubelet));

    /// <summary>The look at an untouched node already shows that all is well, as a rule: then it is not looked at again.</summary>
    private static bool NeedsWaiting(NodeUnderConstruction node) =>
        !NodeHealth.Of(node.Tree.Units, node.Found.Units, node.Found, int.MaxValue).Done;

    private async Task MeasuredAsync(string step, NodeUnderConstruction node, Func<Task> work)
    {
        using var measured = context.Reporter.Step(step, node.Node.Name);
        await work().ConfigureAwait(false);
    }

    private void TellSummary(IReadOnlyList<NodeUnderConstruction> nodes, List<NodeUnderConstruction> changed)
    {
        foreach (var node in nodes.Except(changed))
        {
            context.Reporter.Info("nothing to change", node.Node.Name);
        }

        context.Reporter.Info(
            $"{nodes.Count} node{(nodes.Count == 1 ? "" : "s")} as rendered, {changed.Count} changed; etcd healthy on {nodes.Count(node => node.Node.IsMaster)}, kubelet on {nodes.Count}");
    }
}
