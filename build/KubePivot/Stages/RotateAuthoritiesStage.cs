using System.Security.Cryptography;
using System.Text;
using k8s;
using KubePivot.Configuration;
using KubePivot.Kubernetes;
using KubePivot.Nodes;
using KubePivot.Pki;

namespace KubePivot.Stages;

/// <summary>
/// Replaces authorities and service-account key of a running cluster, in the order in which nobody is ever shown something that he
/// does not trust: new ones are trusted everywhere, then they are used, and tokens of the old key are replaced. What is left to do
/// afterwards is to drop the old ones, see <see cref="PkiChange.DropPrevious"/>. Interrupted, the next run goes on: the PKI folder says
/// where, and once its old authorities are gone, a marker says that the cluster may still have them.
/// </summary>
/// <remarks>https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/</remarks>
/// <param name="rollOut">Makes a change in the PKI folder and brings what has changed onto the running cluster, until all of it is Ready.</param>
/// <param name="untilReady">Waits until all pods of the cluster are Ready.</param>
/// <param name="api">A client of the cluster; by default one from <c>.cluster/kubeconfig</c>.</param>
public sealed class RotateAuthoritiesStage(StageContext context, Func<PkiChange, Task> rollOut, Func<Task> untilReady, Func<IKubernetes>? api = null)
{
    private readonly DroppedAuthorities dropped = new(context.Paths);

    private ClusterPki Pki => ClusterPki.Load(context.Paths, context.Cluster);

    /// <exception cref="StageException">The API does not answer, and nothing was changed; or a step failed.</exception>
    public async Task RunAsync()
    {
        await ThrowUnlessApiAnswersAsync().ConfigureAwait(false);
        var state = Pki.Rotation;
        if (state != RotationState.TrustsNext && dropped.MayBeTrusted)
        {
            Tell("3 of 3: going on with dropping the old ones");
            return;
        }

        var started = context.Clock.GetTimestamp();
        if (state != RotationState.TrustsPrevious)
        {
            Tell("1 of 3: new authorities and a new service-account key are made, and trusted beside the old ones");
            await rollOut(state == RotationState.None ? PkiChange.TrustNext : PkiChange.WhatIsNeeded).ConfigureAwait(false);
            await WithApiAsync(LetPodsTrustAsync).ConfigureAwait(false);
            await untilReady().ConfigureAwait(false);
        }

        Tell("2 of 3: every certificate is issued by the new ones; the old ones are still trusted");
        await rollOut(state == RotationState.TrustsPrevious ? PkiChange.WhatIsNeeded : PkiChange.SwitchToNext).ConfigureAwait(false);
        await WithApiAsync(ReplaceTokensAsync).ConfigureAwait(false);
        dropped.Begin(context.Clock.GetUtcNow(), context.Clock.GetElapsedTime(started), Pki.Fingerprint);
        Tell("3 of 3: the old ones are dropped");
    }

    private async Task LetPodsTrustAsync(IKubernetes client)
    {
        var bundle = Pki.Bundle(ClusterCertificates.KubeCa);
        await new PublishedAuthority(context, client, bundle).UntilPublishedAsync().ConfigureAwait(false);
        await new SystemWorkloads(context, client).RestartAsync(ShortHash(bundle)).ConfigureAwait(false);
        context.Reporter.Warning("Pods of yours that talk to the API read its authority when they start, as a rule: restart them (kubectl rollout restart) if they fail from now on.");
    }

    private async Task ReplaceTokensAsync(IKubernetes client)
    {
        var pki = Pki;
        await new PublishedAuthority(context, client, pki.Bundle(ClusterCertificates.KubeCa)).UntilPublishedAsync().ConfigureAwait(false);
        var tokens = new ServiceAccountTokens(context, client, pki.PreviousServiceAccountKey);
        var replaced = await tokens.ReplaceInSecretsAsync().ConfigureAwait(false);
        if (replaced > 0)
        {
            Tell($"{replaced} tokens in Secrets were replaced; kubeconfigs that were made of the old ones have to be made anew");
        }

        await using var nodes = await OpenOnNodes<NodeUnderConstruction>.OpenAsync(context.Cluster.Nodes, node => NodeUnderConstruction.OpenAsync(context, node)).ConfigureAwait(false);
        await tokens.UntilReplacedInPodsAsync(nodes.All).ConfigureAwait(false);
    }

    private async Task ThrowUnlessApiAnswersAsync()
    {
        try
        {
            await WithApiAsync(client => client.CoreV1.ListNodeAsync(limit: 1, cancellationToken: context.CancellationToken)).ConfigureAwait(false);
        }
        catch (Exception exception) when (ApiFailure.Is(exception))
        {
            throw new StageException(
                $"The API at {context.Cluster.ControlPlaneEndpoint} does not answer: {ApiFailure.Words(exception)}. Nothing was changed. --rotate-ca is for a cluster that runs: bring it back with ./build.sh Bootstrap first.", exception);
        }
    }

    private async Task WithApiAsync(Func<IKubernetes, Task> work)
    {
        using var client = api?.Invoke() ?? ClusterApi.Open(context.Paths);
        await work(client).ConfigureAwait(false);
    }

    private static string ShortHash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private void Tell(string line) => context.Reporter.Info(line);
}
