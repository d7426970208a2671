using KubePivot.Nodes;
using KubePivot.Pki;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Etcd;

/// <summary>The members of etcd that are restarted.</summary>
/// <param name="Members">In order.</param>
/// <param name="AtOnce">All together, as soon as all have their files.</param>
internal sealed record EtcdRestarts(IReadOnlyList<NodeUnderConstruction> Members, bool AtOnce);

/// <summary>Members of a running etcd are restarted one at a time, so that the others keep the quorum and no client is left without a member to ask.</summary>
/// <param name="masters">All masters, as they were found.</param>
/// <param name="membership">Members that join are started later, and are none of this.</param>
internal sealed class EtcdRollingRestart(StageContext context, EtcdMembers etcd, IReadOnlyList<NodeUnderConstruction> masters, EtcdMembership membership)
{
    private const string Etcd = EtcdMembers.Unit;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Without a leader no member is healthy; members that are well have a new one after 1 to 2 s, on a busy machine later.</summary>
    private static readonly TimeSpan ElectionBound = TimeSpan.FromSeconds(10);

    /// <summary>
    /// On top of the time for which a member was away: gRPC's pause before the next try is never longer than 0.9 times that and 1.2 s (it
    /// begins with 1 s and grows by 1.6, each 20% more or less); the rest is for the connection itself.
    /// </summary>
    private static readonly TimeSpan ClientsBound = TimeSpan.FromSeconds(5);

    /// <summary>The masters whose etcd runs and is healthy, by the latest look.</summary>
    private HashSet<NodeUnderConstruction> well = masters.Where(node => node.Found.EtcdHealthy && IsActive(node)).ToHashSet();

    /// <summary>
    /// The members in the order of their restarts: those that are unwell first, and the leader last, so that there is one election only.
    /// At once where there is no quorum that could be kept, or old and new members would not trust each other.
    /// </summary>
    /// <param name="changed">The masters whose etcd is to be restarted.</param>
    public async Task<EtcdRestarts> PlanAsync(IEnumerable<NodeUnderConstruction> changed)
    {
        var members = changed.Where(node => !Joins(node)).OrderBy(node => node.Node.Name, StringComparer.Ordinal).ToList();
        if (members.Count < 2)
        {
            return new(members, AtOnce: false);
        }

        var reason = !await HasQuorumAsync().ConfigureAwait(false) ? "etcd has no quorum"
            : (await AllNodes.RunAsync(members, TrustsOldMembersAsync).ConfigureAwait(false)).All(trusts => trusts) ? null
            : "etcd's certificate authority is a new one";
        if (reason != null)
        {
            context.Reporter.Info($"{reason}: all members are restarted at once, and etcd is away for some seconds");
            return new(members, AtOnce: true);
        }

        var leads = await AllNodes.RunAsync(members, async member => (Member: member, Leads: well.Contains(member) && await etcd.LeadsAsync(member).ConfigureAwait(false))).ConfigureAwait(false);
        return new([.. leads.OrderBy(member => well.Contains(member.Member)).ThenBy(member => member.Leads).Select(member => member.Member)], AtOnce: false);
    }

    /// <summary>Restarts them; the next one when the last one is healthy and its clients are back, and none that is well while another member is not.</summary>
    /// <exception cref="StageException">A member is not healthy in time: the ones after it run on as they are.</exception>
    public async Task RunAsync(EtcdRestarts plan)
    {
        if (plan.AtOnce)
        {
            await AllNodes.RunAsync(plan.Members, member => member.RestartAsync(Etcd)).ConfigureAwait(false);
            return;
        }

        var others = masters.Where(node => !well.Contains(node) && !plan.Members.Contains(node) && !Joins(node)).ToList();
        foreach (var member in plan.Members)
        {
            if (member == plan.Members.FirstOrDefault(well.Contains))
            {
                await AllNodes.RunAsync(others, node => node.UntilHealthyAsync([Etcd])).ConfigureAwait(false);
            }

            using var step = context.Reporter.Step("restart etcd", member.Node.Name);
            var clients = member == plan.Members[^1] ? null : await ClientsAsync(member, context.CancellationToken).ConfigureAwait(false);
            var began = context.Clock.GetTimestamp();
            await member.RestartAsync(Etcd).ConfigureAwait(false);
            await member.UntilHealthyAsync([Etcd]).ConfigureAwait(false);
            if (clients != null)
            {
                await UntilBackAsync(member, clients, context.Clock.GetElapsedTime(began)).ConfigureAwait(false);
            }
        }
    }

    private bool Joins(NodeUnderConstruction node) => membership.Join.Any(joining => joining.Name == node.Node.Name);

    private static bool IsActive(NodeUnderConstruction node) => node.Found.IsActive(Etcd);

    /// <summary>The first look may have met an election.</summary>
    private async Task<bool> HasQuorumAsync()
    {
        var quorum = (masters.Count / 2) + 1;
        if (well.Count < quorum && masters.Count(IsActive) >= quorum)
        {
            await new Wait(context.Clock, line => context.Reporter.Info(line)).TryUntilAsync(
                "a quorum of etcd",
                ElectionBound,
                Interval,
                async cancellationToken =>
                {
                    var looks = await AllNodes.RunAsync(masters.Where(IsActive), async node => (Node: node, IsWell: await node.HasHealthyEtcdAsync(cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
                    well = looks.Where(look => look.IsWell).Select(look => look.Node).ToHashSet();
                    return new(well.Count >= quorum, $"{well.Count} of {masters.Count} members are healthy");
                },
                context.CancellationToken).ConfigureAwait(false);
        }

        return well.Count >= quorum;
    }

    /// <summary>Whether an authority that a member trusts now is still one of those that it will trust.</summary>
    private static async Task<bool> TrustsOldMembersAsync(NodeUnderConstruction member)
    {
        var bundle = member.Changes.Write.FirstOrDefault(file => file.Restarts.Contains(Etcd) && Path.GetFileName(file.Path) == "ca.crt");
        if (bundle == null)
        {
            return true;
        }

        var trusted = await member.ReadAsync(bundle.Path).ConfigureAwait(false);
        return Certificate.FingerprintsFromPem(trusted).Intersect(Certificate.FingerprintsFromPem(member.Rendered(bundle.Path))).Any();
    }

    /// <summary>Goes on after a while, too: a client may have ended for good.</summary>
    /// <param name="away">For so long the member was away.</param>
    private async Task UntilBackAsync(NodeUnderConstruction member, EtcdClients before, TimeSpan away)
    {
        var missing = await new Wait(context.Clock, line => context.Reporter.Info(line, member.Node.Name)).TryUntilAsync(
            $"the clients of etcd on {member.Node.Name}",
            away + ClientsBound,
            Interval,
            async cancellationToken =>
            {
                var addresses = before.NotBackIn(await ClientsAsync(member, cancellationToken).ConfigureAwait(false));
                return new(addresses.Count == 0, $"not back from {string.Join(", ", addresses)}");
            },
            context.CancellationToken).ConfigureAwait(false);
        if (missing != null)
        {
            context.Reporter.Warning($"clients of etcd are {missing}; going on without them", member.Node.Name);
        }
    }

    private async Task<EtcdClients> ClientsAsync(NodeUnderConstruction member, CancellationToken cancellationToken) => EtcdClients.Parse(
        (await member.Connection.RunAsync(EtcdClients.CommandLine(context.LayoutOf(member.Node).EtcdClientPort), cancellationToken: cancellationToken).ConfigureAwait(false))
            .ThrowOnFailure("could not see who is connected to etcd").StandardOutput);
}
