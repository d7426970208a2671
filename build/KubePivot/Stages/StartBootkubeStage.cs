using KubePivot.Configuration;
using KubePivot.Nodes;
using KubePivot.Ssh;
using KubePivot.Waiting;

namespace KubePivot.Stages;

/// <summary>
/// The bootkube unit of the bootstrap master has done its work once, its journal shown live. On a cluster that is there already,
/// changed assets are applied instead; it is bootstrapped a second time only if its certificates have expired, see <see cref="BootkubeAction.Revive"/>.
/// </summary>
public sealed class StartBootkubeStage(StageContext context)
{
    private readonly Node node = context.Cluster.Bootstrap;
    private readonly UnitJournal journal = new("bootkube.service", line => context.Reporter.Info(line, context.Cluster.Bootstrap.Name));
    private readonly long started = context.Clock.GetTimestamp();

    /// <summary>Assets that the unit works on if this run started it; its success is noted for these.</summary>
    private string? startedWith;

    private bool following;

    private TimeSpan Remaining => context.Timeout - context.Clock.GetElapsedTime(started);

    public async Task RunAsync()
    {
        using var bound = new CancellationTokenSource(context.Timeout, context.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, context.CancellationToken);
        var reconnecting = false;
        while (true)
        {
            await using var connection = await NodeConnection.ConnectAsync(context, node, reconnecting ? Remaining : null).ConfigureAwait(false);
            var master = new BootstrapMaster(context, node, connection);
            try
            {
                await BootstrapAsync(master, either.Token).ConfigureAwait(false);
                return;
            }
            catch (NodeConnectionLostException exception) when (Remaining > TimeSpan.Zero)
            {
                context.Reporter.Warning($"{exception.Message.Split('\n')[0].TrimEnd()} Connecting again; what runs there goes on.", null);
                reconnecting = true;
            }
            catch (OperationCanceledException) when (bound.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
            {
                throw await master.FailureAsync($"waited {Wait.Words(context.Timeout)} for bootkube.service, which still runs.", journal).ConfigureAwait(false);
            }
        }
    }

    private async Task BootstrapAsync(BootstrapMaster master, CancellationToken cancellationToken)
    {
        var state = await master.LookAsync(cancellationToken).ConfigureAwait(false);
        if (!state.IsLoaded)
        {
            throw new StageException($"{node.Name}: there is no bootkube.service on the machine. Run ./build.sh CopyAssets --force, which puts it there.");
        }

        var action = BootkubeDecision.Of(state);
        if (following && action != BootkubeAction.Attach)
        {
            // It ended while the connection was away.
            await journal.CatchUpAsync(master.Connection, cancellationToken).ConfigureAwait(false);
            await ConcludeAsync(master, state, cancellationToken).ConfigureAwait(false);
            return;
        }

        await ActAsync(master, state, action, cancellationToken).ConfigureAwait(false);
    }

    private async Task ActAsync(BootstrapMaster master, BootkubeState state, BootkubeAction action, CancellationToken cancellationToken)
    {
        switch (action)
        {
            case BootkubeAction.Nothing:
                context.Reporter.Info("bootstrapped already, from these very assets", node.Name);
                break;
            case BootkubeAction.Apply or BootkubeAction.Adopt:
                context.Reporter.Info(
                    action == BootkubeAction.Apply ? "the cluster runs; applying the assets that have changed" : "the cluster lives on other masters; applying the assets instead of bootstrapping it a second time",
                    node.Name);
                await MeasuredAsync("bootkube apply", () => master.ApplyAsync(Remaining, cancellationToken)).ConfigureAwait(false);
                await master.NoteAppliedAsync(state.Assets, cancellationToken).ConfigureAwait(false);
                break;
            case BootkubeAction.Revive:
                context.Reporter.Warning(
                    $"no API server answers, and the certificate that the one here showed is good no longer ({state.CertificateFlaw}): ending what is left of the control plane and bootstrapping it anew on the data in etcd; pods outside kube-system run on",
                    node.Name);
                await new ControlPlaneRevival(context).MakeWayAsync().ConfigureAwait(false);
                await BootstrapAsync(master, cancellationToken).ConfigureAwait(false);
                break;
            default:
                await MeasuredAsync("bootkube start", () => RunUnitAsync(master, state, action, cancellationToken)).ConfigureAwait(false);
                break;
        }
    }

    private async Task RunUnitAsync(BootstrapMaster master, BootkubeState state, BootkubeAction action, CancellationToken cancellationToken)
    {
        if (following)
        {
            context.Reporter.Detail("following bootkube.service on", node.Name);
        }
        else if (action == BootkubeAction.Attach)
        {
            context.Reporter.Info("bootkube.service runs already; following it", node.Name);
            journal.StartSince(state.Since);
        }
        else
        {
            context.Reporter.Info(
                $"Waiting ≤ {Wait.Words(context.Timeout)} for bootkube.service{(action == BootkubeAction.StartAnew ? ", which goes on from an earlier run" : "")}", node.Name);
            journal.StartAfter(state.Cursor);
            startedWith = state.Assets;
        }

        following = true;
        await master.RunUnitAsync(state.Unit == "active" ? "restart" : "start", journal, cancellationToken).ConfigureAwait(false);
        await ConcludeAsync(master, await master.LookAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    private async Task ConcludeAsync(BootstrapMaster master, BootkubeState ended, CancellationToken cancellationToken)
    {
        if (ended.Unit == "failed" || !ended.IsDone)
        {
            throw await master.FailureAsync($"bootkube.service {(ended.Unit == "failed" ? $"failed ({ended.Result})" : "ended without its done-marker")}.", journal).ConfigureAwait(false);
        }

        if (startedWith == ended.Assets)
        {
            await master.NoteAppliedAsync(ended.Assets, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // A unit that an earlier build started may have read other assets than those that lie there now.
            await ActAsync(master, ended, BootkubeDecision.Of(ended), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task MeasuredAsync(string step, Func<Task> work)
    {
        using var measured = context.Reporter.Step(step, node.Name);
        await work().ConfigureAwait(false);
    }
}
