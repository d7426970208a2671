using KubePivot.Nodes;
using KubePivot.Pki;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Etcd;

/// <summary>Members of a running etcd are restarted one at a time, so that the others keep the quorum and no client is left without a member to ask.</summary>
/// <param name="masters">All masters, as they were found.</param>
internal sealed class EtcdRollingRestart(StageContext context, EtcdMembers etcd, IReadOnlyList<NodeUnderConstruction> masters)
{
    private const string Etcd = "etcd.service";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// On top of the time for which a member was away: gRPC's pause before the next try is never longer than 0.9 times that and 1.2 s (it
    /// begins with 1 s and grows by 1.6, each 20% more or less); the rest is for the connection itself.
    /// </summary>
    private static readonly TimeSpan ClientsBound = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The members in the order of their restarts: those that are unwell first, and the leader last, so that there is one election only.
    /// Empty where there is no quorum that could be kept, or old and new members would not trust each other: all are restarted at once then.
    /// </summary>
    /// <param name="changed">The members that are to be restarted.</param>
    public async Task<IReadOnlyList<NodeUnderConstruction>> PlanAsync(IEnumerable<NodeUnderConstruction> changed)
    {
        var members = changed.OrderBy(node => node.Found.EtcdHealthy).ThenBy(node => node.Node.Name, StringComparer.Ordinal).ToList();
        if (members.Count < 2)
        {
            return members;
        }

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

    /// <summary>Restarts them; the next one when the last one is healthy and its clients are back.</summary>
    /// <param name="members">In order.</param>
    public async Task RunAsync(IReadOnlyList<NodeUnderConstruction> members)
    {
        foreach (var member in members)
        {
            using var step = context.Reporter.Step("restart etcd", member.Node.Name);
            var clients = member == members[^1] ? null : await ClientsAsync(member, context.CancellationToken).ConfigureAwait(false);
            var began = context.Clock.GetTimestamp();
            await member.RestartAsync(Etcd).ConfigureAwait(false);
            await member.UntilHealthyAsync([Etcd]).ConfigureAwait(false);
            if (clients != null)
            {
                await UntilBackAsync(member, clients, context.Clock.GetElapsedTime(began)).ConfigureAwait(false);
            }
        }
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
    private Task UntilBackAsync(NodeUnderConstruction member, EtcdClients before, TimeSpan away)
    {
        var (began, bound) = (context.Clock.GetTimestamp(), away + ClientsBound);
        return new Wait(context.Clock, line => context.Reporter.Info(line, member.Node.Name)).UntilAsync(
            $"the clients of etcd on {member.Node.Name}",
            bound,
            Interval,
            async cancellationToken =>
            {
                var missing = before.NotBackIn(await ClientsAsync(member, cancellationToken).ConfigureAwait(false));
                var late = context.Clock.GetElapsedTime(began) >= bound;
                if (missing.Count > 0 && late)
                {
                    context.Reporter.Warning($"clients of etcd have not come back from {string.Join(", ", missing)}; going on without them", member.Node.Name);
                }

                return new(missing.Count == 0 || late, $"not back from {string.Join(", ", missing)}");
            },
            cancellationToken: context.CancellationToken);
    }

    private async Task<EtcdClients> ClientsAsync(NodeUnderConstruction member, CancellationToken cancellationToken) => EtcdClients.Parse(
        (await member.Connection.RunAsync(EtcdClients.CommandLine(context.LayoutOf(member.Node).EtcdClientPort), cancellationToken: cancellationToken).ConfigureAwait(false))
            .ThrowOnFailure("could not see who is connected to etcd").StandardOutput);
}
