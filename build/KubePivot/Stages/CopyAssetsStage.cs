using KubePivot.Configuration;
using KubePivot.Etcd;
using KubePivot.Images;
using KubePivot.Nodes;
using KubePivot.Pki;
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
    private const string Etcd = "etcd.service";

    /// <summary>Asked for before a master that has left the cluster file leaves etcd. Default: nobody is there to ask.</summary>
    public Confirmation Confirmation { get; init; } = new(false, null);

    private readonly PayloadTransfer? transfer = payload == null ? null : new PayloadTransfer(context, payload);

    public async Task RunAsync()
    {
        await using var opened = await OpenOnNodes<NodeUnderConstruction>.OpenAsync(context.Cluster.Nodes, OpenAsync).ConfigureAwait(false);
        var nodes = opened.All;
        var changed = nodes.Where(node => !node.Changes.None | transfer?.IsNeeded(node) == true).ToList();
        await ThrowIfUnfitAsync(nodes, changed).ConfigureAwait(false);
        var members = new EtcdMembers(context, Confirmation, [.. nodes.Where(node => node.Node.IsMaster)]);
        var membership = await members.PlanAsync().ConfigureAwait(false);
        var rolling = await RollingEtcdAsync(members, nodes, [.. changed.Where(node => membership.Join.All(joining => joining.Name != node.Node.Name))]).ConfigureAwait(false);
        await members.RemoveAsync(membership).ConfigureAwait(false);
        await AllNodes.RunAsync(changed, node => ChangeAsync(node, rolling.Contains(node) || membership.Join.Any(joining => joining.Name == node.Node.Name) ? [Etcd] : [])).ConfigureAwait(false);
        await RestartEtcdAsync(rolling).ConfigureAwait(false);
        await members.JoinAsync(membership).ConfigureAwait(false);
        await AllNodes.RunAsync(nodes.Where(NeedsWaiting), node => MeasuredAsync("wait for units", node, () => node.UntilHealthyAsync(node.Tree.Units))).ConfigureAwait(false);
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

        await MeasuredAsync("start units", node, () => node.ManageUnitsAsync(later)).ConfigureAwait(false);
    }

    /// <summary>
    /// Members of a running etcd are restarted one at a time, so that the others keep the quorum; those that are unwell first, and the
    /// leader last, so that there is one election only. Where there is no quorum, none is kept: all are restarted at once. So they are when old and new members would not trust each other.
    /// </summary>
    private async Task<List<NodeUnderConstruction>> RollingEtcdAsync(EtcdMembers etcd, IReadOnlyList<NodeUnderConstruction> nodes, List<NodeUnderConstruction> changed)
    {
        var members = changed.Where(node => node.Changes.Restart.Contains(Etcd) || GetsAnotherEtcd(node)).OrderBy(node => node.Found.EtcdHealthy).ThenBy(node => node.Node.Name, StringComparer.Ordinal).ToList();
        if (members.Count < 2)
        {
            return members;
        }

        var masters = nodes.Where(node => node.Node.IsMaster).ToList();
        var reason = masters.Count(node => node.Found.EtcdHealthy) <= masters.Count / 2 ? "etcd has no quorum"
            : await TrustsOldMembersAsync(members[^1]).ConfigureAwait(false) ? null
            : "etcd's certificate authority is a new one";
        if (reason == null)
        {
            var leads = await AllNodes.RunAsync(members, async member => (Member: member, Leads: await etcd.LeadsAsync(member).ConfigureAwait(false))).ConfigureAwait(false);
            return [.. leads.OrderBy(member => member.Leads).Select(member => member.Member)];
        }

        context.Reporter.Info($"{reason}: all members are restarted at once, and etcd is away for some seconds");
        return [];
    }

    /// <summary>Whether an authority that a member trusts now is still one of those that it will trust.</summary>
    private async Task<bool> TrustsOldMembersAsync(NodeUnderConstruction member)
    {
        var bundle = member.Changes.Write.FirstOrDefault(file => file.Restarts.Contains(Etcd) && Path.GetFileName(file.Path) == "ca.crt");
        if (bundle == null)
        {
            return true;
        }

        var trusted = await member.ReadAsync(bundle.Path).ConfigureAwait(false);
        return Certificate.FingerprintsFromPem(trusted).Intersect(Certificate.FingerprintsFromPem(member.Rendered(bundle.Path))).Any();
    }

    /// <summary>The program is replaced under a member that runs.</summary>
    private bool GetsAnotherEtcd(NodeUnderConstruction node) => payload?.HasEtcd == true && node.Found.EtcdHealthy && transfer?.IsNeeded(node) == true;

    private async Task RestartEtcdAsync(List<NodeUnderConstruction> members)
    {
        foreach (var member in members)
        {
            await MeasuredAsync("restart etcd", member, async () =>
            {
                await member.RestartAsync(Etcd).ConfigureAwait(false);
                await member.UntilHealthyAsync([Etcd]).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
    }

    /// <summary>The look at an untouched node already shows that all is well, as a rule: then it is not looked at again.</summary>
    private static bool NeedsWaiting(NodeUnderConstruction node) =>
        !node.Changes.None || !NodeHealth.Of(node.Tree.Units, node.Found.Units, node.Found, int.MaxValue).Done;

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
