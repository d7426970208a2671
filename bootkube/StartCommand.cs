using System.Diagnostics;
using Bootkube.Api;
using Bootkube.Applying;
using Bootkube.Assets;
using Bootkube.Pivot;
using Bootkube.Rollouts;
using KubePivot;
using KubePivot.Waiting;

namespace Bootkube;

/// <summary>
/// <c>bootkube start</c>: temporary control plane, objects, self-hosted control plane, handover. Each step looks at what is there
/// first, so that a run after an interrupted one goes on, and a run after a finished one changes nothing.
/// </summary>
internal sealed class StartCommand(CommandLine line, Journal journal, TimeProvider clock)
{
    /// <summary>The next step after a failure.</summary>
    public const string GoOn = "Everything was left as it is; when the cause is gone, run the same command again: it goes on.";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var assets = AssetTree.Load(line.AssetDir, withTemporaryControlPlane: true);
        var expected = RolloutWait.Expected(assets);
        var here = Endpoints.LocalAddresses();
        using var config = Kubeconfig.Load(assets.KubeconfigFile);
        var ports = Endpoints.Of(assets, config.Server, here);
        var temporary = new TemporaryControlPlane(assets, line.Root);
        using var api = new ApiClient(config);
        using var temporaryServer = new ApiClient(config, ports.Temporary);
        using var selfHostedServer = new ApiClient(config, ports.SelfHosted);
        var local = new LocalApi(api, temporaryServer, selfHostedServer, journal, clock, line.Root);
        try
        {
            var needed = await PutInPlaceAsync(temporary, local, cancellationToken);
            var state = await RollOutAsync(assets, expected, here, api, cancellationToken);
            if (needed)
            {
                await new Handover(api, local, temporary, journal, clock, line.Root, line.Timeout).RunAsync(state, here, cancellationToken);
            }

            temporary.RemoveSecrets();
            journal.Tell($"Done in {Wait.Words(clock.GetElapsedTime(started))}, with {PeakMemoryMib} MiB of memory at most: the control plane hosts itself.");
        }
        catch (StageException exception) when (!exception.Message.EndsWith(GoOn, StringComparison.Ordinal))
        {
            throw new StageException($"{exception.Message}\n{GoOn}", exception);
        }
    }

    private static long PeakMemoryMib
    {
        get
        {
            using var self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64 / 1048576;
        }
    }

    /// <returns>Whether there is a temporary control plane to be handed over from, or the rest of one.</returns>
    private async Task<bool> PutInPlaceAsync(TemporaryControlPlane temporary, LocalApi local, CancellationToken cancellationToken)
    {
        if (!temporary.IsInPlace && await local.IsSelfHostedReadyAsync(cancellationToken))
        {
            journal.Tell("The API server of this node answers already: no temporary control plane is needed."
                + (temporary.HasTraces ? " What an interrupted run has left of one is tidied up." : ""));
            return temporary.HasTraces;
        }

        journal.Tell($"Temporary control plane: {temporary.PutInPlace()}.");
        await local.UntilTemporaryAnswersAsync(temporary.ApiServer, line.Timeout, cancellationToken);
        journal.Tell("The temporary API server is ready.");
        return true;
    }

    /// <summary>
    /// The API servers first, and all else of the control plane when they serve: started at once, they take the cores from the one
    /// server that answers them all, and clients wait for seconds.
    /// </summary>
    private async Task<RolloutState> RollOutAsync(
        AssetTree assets, IReadOnlyList<string> expected, IReadOnlySet<string> here, ApiClient api, CancellationToken cancellationToken)
    {
        using var applier = new Applier(api, journal, clock, line.Timeout);
        var rollout = new RolloutWait(api, journal, clock);
        var stages = assets.Manifests.ToLookup(manifest => manifest.Name != RolloutState.ApiServer && expected.Contains(manifest.Name));
        await applier.ApplyAsync([.. stages[false]], cancellationToken);
        await rollout.UntilRolledOutAsync([RolloutState.ApiServer], here, line.Timeout, cancellationToken);
        await applier.ApplyAsync([.. stages[true]], cancellationToken);
        return await rollout.UntilRolledOutAsync(expected, here, line.Timeout, cancellationToken);
    }
}
