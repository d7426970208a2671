using System.Globalization;
using k8s;
using k8s.Models;
using KubePivot.Kubernetes;
using KubePivot.Pki;

namespace KubePivot.Stages;

/// <summary>
/// Replaces the key that Secrets are encrypted with in etcd, on the running cluster: every API server learns to read with the new
/// one; then they write with it; every Secret is written again; they forget the old one, which is kept aside. The PKI's file says
/// how far it is, so that a run after a kill goes on. Encrypts the Secrets of a cluster that had no key, too.
/// </summary>
/// <param name="rollOut">Brings what the PKI says onto the running cluster, one API server at a time; returns when all of them run with it.</param>
/// <param name="api">A client of the cluster; by default one from <c>.cluster/kubeconfig</c>.</param>
/// <remarks>https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#rotating-a-decryption-key.</remarks>
public sealed class RotateEncryptionKeyStage(StageContext context, Func<Task> rollOut, IKubernetes? api = null)
{
    /// <summary>So many Secrets are asked for at a time.</summary>
    private const int PageSize = 250;

    /// <summary>So many are written at a time: the API servers have other work.</summary>
    private const int Writers = 4;

    private readonly EncryptionKeyFile file = new(context.Paths);

    /// <exception cref="StageException">A step failed: the next run goes on from there.</exception>
    public async Task RunAsync()
    {
        var keys = file.Load();
        if (keys.Phase == EncryptionPhase.Settled)
        {
            keys = Enter(keys.Next());
        }
        else
        {
            context.Reporter.Info("going on with what an earlier run, an older PKI or a restored backup has left");
        }

        while (keys.Phase != EncryptionPhase.Settled)
        {
            Tell(keys);
            await rollOut().ConfigureAwait(false);
            if (keys.Phase == EncryptionPhase.Promoted)
            {
                await RewriteAsync(keys).ConfigureAwait(false);
            }

            keys = Enter(keys.Next());
        }

        context.Reporter.Info($"all Secrets are encrypted with {keys.Write}");
    }

    private EncryptionKeys Enter(EncryptionKeys keys)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        if (file.Save(keys, context.Clock.GetUtcNow(), keepAside: keys.Phase == EncryptionPhase.Settled) is { } aside)
        {
            context.Reporter.Info($"the old key is kept in {aside}, for backups of its time");
        }

        return keys;
    }

    private void Tell(EncryptionKeys keys) => context.Reporter.Info(keys.Phase switch
    {
        EncryptionPhase.Added => $"1 of 3: every API server learns to read with {keys.Keys.Single(key => key.Role == EncryptionKeyRole.Next)}",
        EncryptionPhase.Promoted => $"2 of 3: every API server writes with {keys.Write}, and every Secret is written again",
        _ => $"3 of 3: every API server forgets {string.Join(", ", keys.Keys.Where(key => key.Role == EncryptionKeyRole.Dropped))}",
    });

    /// <summary>An API server writes an object that lies under an old key again, although nothing in it has changed.</summary>
    private async Task RewriteAsync(EncryptionKeys keys)
    {
        using var step = context.Reporter.Step("write every Secret again");
        using var client = api ?? ClusterApi.Open(context.Paths);
        var written = 0;
        try
        {
            string? next = null;
            do
            {
                var page = await client.CoreV1.ListSecretForAllNamespacesAsync(limit: PageSize, continueParameter: next, cancellationToken: context.CancellationToken).ConfigureAwait(false);
                await Parallel.ForEachAsync(
                    page.Items,
                    new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = context.CancellationToken },
                    async (secret, token) => await RewriteAsync(client, secret.Metadata, token).ConfigureAwait(false)).ConfigureAwait(false);
                written += page.Items.Count;
                next = page.Metadata.ContinueProperty;
            }
            while (!string.IsNullOrEmpty(next));
        }
        catch (Exception exception) when (ApiFailure.Is(exception) && !context.CancellationToken.IsCancellationRequested)
        {
            throw new StageException($"Writing every Secret again, after {written} of them, the API said: {ApiFailure.Words(exception)}. Run ./build.sh RotateEncryptionKey again: it goes on.", exception);
        }

        context.Reporter.Info(string.Create(CultureInfo.InvariantCulture, $"{written} Secrets lie under {keys.Write}"));
    }

    private async Task RewriteAsync(IKubernetes client, V1ObjectMeta secret, CancellationToken cancellationToken)
    {
        const int Tries = 5;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await client.CoreV1.PatchNamespacedSecretAsync(new V1Patch("{}", V1Patch.PatchType.MergePatch), secret.Name, secret.NamespaceProperty, cancellationToken: cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (ApiFailure.StatusOf(exception) == System.Net.HttpStatusCode.NotFound)
            {
                return; // Deleted since.
            }
            catch (Exception exception) when (attempt < Tries && ApiFailure.Is(exception) && !cancellationToken.IsCancellationRequested && !IsRefusal(exception))
            {
                context.Reporter.Detail($"{secret.NamespaceProperty}/{secret.Name}: {ApiFailure.Words(exception)}; again");
                await Task.Delay(TimeSpan.FromSeconds(1), context.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The API has looked at the request and said no; a busy server, or a write that came between, is none.</summary>
    private static bool IsRefusal(Exception exception) => (int?)ApiFailure.StatusOf(exception) is >= 400 and < 500 and not (409 or 429);
}
