using KubePivot.Commands;
using KubePivot.Nodes;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Etcd;

/// <summary>Carries out what <see cref="EtcdMembership"/> found: a lost master's member is replaced, a new master's added, a gone one's removed.</summary>
/// <param name="masters">All masters, looked at.</param>
internal sealed class EtcdMembers(StageContext context, Confirmation confirmation, IReadOnlyList<NodeUnderConstruction> masters)
{
    public const string Unit = "etcd.service";

    /// <summary>etcd's word for members that have not all been connected for five seconds (HealthInterval in its sources): it takes no change of members then.</summary>
    private const string Unsettled = "etcdserver: unhealthy cluster";

    private static readonly TimeSpan SettlingBound = TimeSpan.FromMinutes(1);

    private NodeUnderConstruction? Healthy => masters.FirstOrDefault(master => master.Found is { EtcdHealthy: true, HasEtcdData: true });

    /// <summary>What is to be done. Asks etcd only if something speaks for it: a member without data, or other masters than before.</summary>
    /// <exception cref="StageException">A change is needed that etcd could not survive.</exception>
    public async Task<EtcdMembership> PlanAsync()
    {
        if (masters.All(master => master.Found.HasEtcdData && !master.Changes.Write.Any(file => file.Path == "/etc/etcd/etcd.yaml")))
        {
            return EtcdMembership.AsItIs;
        }

        var plan = EtcdMembership.Of([.. masters.Select(Master)], Healthy == null ? null : await ListAsync().ConfigureAwait(false));
        var left = plan.Remove.Where(member => masters.All(master => master.Node.Name != member.Name)).ToList();
        if (plan.Refusal == null && left.Count > 0)
        {
            confirmation.ThrowUnlessGiven(
                $"{string.Join(", ", left.Select(member => member.Name))}: a member of etcd, and no master of the cluster file any more. Remove it from etcd, and its data with it?",
                "To keep it, put it back into the cluster file.");
        }

        return plan.Refusal == null
            ? plan
            : throw new StageException($"{plan.Refusal} Nothing was changed. Start the masters that are away (./build.sh Status shows them) and run Bootstrap again; if their data is lost, ./build.sh Restore brings the cluster back from a backup.");
    }

    /// <summary>Whether a member leads the others; false if that cannot be had from it.</summary>
    public async Task<bool> LeadsAsync(NodeUnderConstruction master) =>
        master.Found.EtcdHealthy
        && await master.Connection.RunAsync(EtcdCtl.CommandLine(context.LayoutOf(master.Node), "endpoint", "status", "--write-out=json"), cancellationToken: context.CancellationToken).ConfigureAwait(false) is { Succeeded: true } answer
        && EtcdStatus.Leads(answer.StandardOutput);

    public async Task RemoveAsync(EtcdMembership plan)
    {
        foreach (var member in plan.Remove)
        {
            context.Reporter.Info($"removing the member {member.Name} ({member.PeerUrl}) of a machine that is gone from etcd", Healthy!.Node.Name);
            await ChangeAsync($"etcd to let {member.Name} go", $"could not remove {member.Name} from etcd", "member", "remove", member.Id).ConfigureAwait(false);
        }
    }

    /// <summary>One after the other: etcd takes the next new member only when the last one has caught up.</summary>
    public async Task JoinAsync(EtcdMembership plan)
    {
        foreach (var joining in plan.Join)
        {
            var node = masters.Single(master => master.Node.Name == joining.Name);
            using var step = context.Reporter.Step("join etcd", joining.Name);
            var members = await ListAsync().ConfigureAwait(false);
            if (members.All(member => member.PeerUrl != joining.PeerUrl))
            {
                await ChangeAsync($"etcd to take {joining.Name}", $"could not add {joining.Name} to etcd", "member", "add", joining.Name, $"--peer-urls={joining.PeerUrl}").ConfigureAwait(false);
                members = await ListAsync().ConfigureAwait(false);
            }

            context.Reporter.Info($"joining etcd as one of {members.Count} members; its data comes from the others", joining.Name);
            var cluster = string.Join(',', members.Select(member => $"{(member.PeerUrl == joining.PeerUrl ? joining.Name : member.Name)}={member.PeerUrl}"));
            (await node.Connection.RunAsync(NodeProgram.CommandLine("join-etcd", context.LayoutOf(node.Node).Root, cluster), shown: "bash join-etcd", cancellationToken: context.CancellationToken).ConfigureAwait(false))
                .ThrowOnFailure("could not start etcd");
            await node.UntilHealthyAsync([Unit]).ConfigureAwait(false);
            (await node.Connection.RunAsync($"rm -f {context.LayoutOf(node.Node).Root}/run/systemd/system/etcd.service.d/kubepivot-join.conf && systemctl daemon-reload", cancellationToken: context.CancellationToken).ConfigureAwait(false))
                .ThrowOnFailure("could not tell systemd of etcd's usual configuration");
        }
    }

    private EtcdMaster Master(NodeUnderConstruction master) =>
        new(master.Node.Name, EtcdMaster.PeerUrlOf(master.Node), master.Found.HasEtcdData, master.Found.EtcdHealthy);

    private async Task<IReadOnlyList<EtcdMember>> ListAsync()
    {
        var answer = await CtlAsync("could not ask etcd for its members", "member", "list", "--write-out=json").ConfigureAwait(false);
        try
        {
            return EtcdMember.Parse(answer);
        }
        catch (FormatException exception)
        {
            throw new StageException($"{Healthy!.Node.Name}: {exception.Message}", exception);
        }
    }

    /// <summary>A change of members, as soon as etcd takes one: not while a member has just started.</summary>
    private Task ChangeAsync(string description, string failure, params string[] arguments) =>
        new Wait(context.Clock, line => context.Reporter.Info(line, Healthy!.Node.Name)).UntilAsync(
            description,
            SettlingBound,
            TimeSpan.FromMilliseconds(500),
            async _ =>
            {
                var answer = await RunCtlAsync(arguments).ConfigureAwait(false);
                if (answer.ExitCode != 0 && answer.StandardError.Contains(Unsettled, StringComparison.Ordinal))
                {
                    return new(false, "its members have not all been connected for 5 s yet");
                }

                answer.ThrowOnFailure(failure);
                return new(true, "done");
            },
            cancellationToken: context.CancellationToken);

    private async Task<string> CtlAsync(string failure, params string[] arguments) => (await RunCtlAsync(arguments).ConfigureAwait(false)).ThrowOnFailure(failure).StandardOutput;

    private Task<CommandResult> RunCtlAsync(string[] arguments) =>
        Healthy!.Connection.RunAsync(EtcdCtl.CommandLine(context.LayoutOf(Healthy.Node), arguments), cancellationToken: context.CancellationToken);
}
