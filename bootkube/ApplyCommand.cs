using Bootkube.Api;
using Bootkube.Applying;
using Bootkube.Assets;
using Bootkube.Rollouts;

namespace Bootkube;

/// <summary><c>bootkube apply</c>: the objects again on a running cluster, until the control plane is rolled out.</summary>
internal sealed class ApplyCommand(CommandLine line, Journal journal, TimeProvider clock)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var assets = AssetTree.Load(line.AssetDir, withTemporaryControlPlane: false);
        var expected = RolloutWait.Expected(assets);
        using var config = Kubeconfig.Load(assets.KubeconfigFile);
        using var api = new ApiClient(config);
        var rollout = new RolloutWait(api, journal, clock);
        await rollout.UntilServersAreReadyAsync(cancellationToken);
        using var applier = new Applier(api, journal, clock, line.Timeout);
        foreach (var applied in (await applier.ApplyAsync(assets.Manifests, cancellationToken)).Where(applied => applied.Change != Change.Unchanged))
        {
            journal.Tell(applied.ToString());
        }

        await rollout.UntilRolledOutAsync(expected, here: null, line.Timeout, cancellationToken);
        journal.Tell("The control plane is rolled out.");
    }
}
