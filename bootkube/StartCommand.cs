using System.Net;
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
        var temporary = new TemporaryControlPlane(assets, line.Root);
        var here = RolloutWait.LocalAddresses();
        var config = Kubeconfig.Load(assets.KubeconfigFile);
        CheckServer(config, assets, temporary, here);
        using var api = new ApiClient(config);
        var local = new LocalApi(api, journal, clock, line.Root);
        try
        {
            var needed = await PutInPlaceAsync(temporary, local, cancellationToken);
            using var applier = new Applier(api, journal, clock, line.Timeout);
            await applier.ApplyAsync(assets.Manifests, cancellationToken);
            var state = await new RolloutWait(api, journal, clock).UntilRolledOutAsync(expected, here, line.Timeout, cancellationToken);
            if (needed)
            {
                await new Handover(api, local, temporary, journal, clock, line.Root, line.Timeout).RunAsync(state, here, cancellationToken);
            }

            temporary.RemoveSecrets();
            journal.Tell($"Done in {Wait.Words(clock.GetElapsedTime(started))}: the control plane hosts itself.");
        }
        catch (StageException exception) when (!exception.Message.EndsWith(GoOn, StringComparison.Ordinal))
        {
            throw new StageException($"{exception.Message}\n{GoOn}", exception);
        }
    }

    /// <returns>Whether there is a temporary control plane to be handed over from.</returns>
    private async Task<bool> PutInPlaceAsync(TemporaryControlPlane temporary, LocalApi local, CancellationToken cancellationToken)
    {
        if (!temporary.IsInPlace && await local.IsReadyAsync(cancellationToken))
        {
            journal.Tell("The API server of this node answers already: no temporary control plane is needed.");
            return false;
        }

        journal.Tell($"Temporary control plane: {temporary.PutInPlace()}.");
        await local.UntilReadyAsync(temporary.Pods.FirstOrDefault(TemporaryControlPlane.IsApiServer) ?? temporary.Pods[0], line.Timeout, cancellationToken);
        journal.Tell("The temporary API server is ready.");
        return true;
    }

    /// <summary>Everything here is about the server of this very node.</summary>
    private static void CheckServer(Kubeconfig config, AssetTree assets, TemporaryControlPlane temporary, IReadOnlySet<string> here)
    {
        var isLocal = IPAddress.TryParse(config.Server.Host, out var address) && here.Contains(address.ToString());
        if (!isLocal || config.Server.Port != temporary.ApiServerPort)
        {
            throw new InvalidInputException(
                $"The asset tree {assets.Folder} is not right:",
                [new("auth/kubeconfig: server", config.Server.OriginalString, $"must be the API server of this node, https://127.0.0.1:{temporary.ApiServerPort}")]);
        }
    }
}
