using System.Net;
using k8s;
using k8s.Models;
using KubePivot.Kubernetes;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// Plays one candidate for the leadership of a component, as client-go's leader election goes: it looks every so often, renews what
/// it holds, and takes what nobody holds or what has expired. Its times are a fifth of the real ones.
/// </summary>
internal sealed class PlayedElector(k8s.Kubernetes client, string component, string identity, Func<bool> runs)
{
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(400);

    private const int LeaseSeconds = 3;

    /// <summary>Plays until it is cancelled.</summary>
    public async Task PlayAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(RetryPeriod);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                if (runs())
                {
                    await LookAsync(cancellationToken);
                }
            }
            catch (Exception exception) when (ApiFailure.Is(exception))
            {
                // No API for the moment, or somebody was faster: the next look tells.
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        V1Lease lease;
        try
        {
            lease = await client.CoordinationV1.ReadNamespacedLeaseAsync(component, "kube-system", cancellationToken: cancellationToken);
        }
        catch (k8s.Autorest.HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            await client.CoordinationV1.CreateNamespacedLeaseAsync(new() { Metadata = new() { Name = component }, Spec = Taken() }, "kube-system", cancellationToken: cancellationToken);
            return;
        }

        var expires = (lease.Spec.RenewTime ?? DateTime.MinValue) + TimeSpan.FromSeconds(lease.Spec.LeaseDurationSeconds ?? 0);
        if (lease.Spec.HolderIdentity == identity)
        {
            lease.Spec.RenewTime = DateTime.UtcNow;
        }
        else if (string.IsNullOrEmpty(lease.Spec.HolderIdentity) || expires < DateTime.UtcNow)
        {
            lease.Spec = Taken();
        }
        else
        {
            return;
        }

        await client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, component, "kube-system", cancellationToken: cancellationToken);
    }

    private V1LeaseSpec Taken() =>
        new() { HolderIdentity = identity, AcquireTime = DateTime.UtcNow, RenewTime = DateTime.UtcNow, LeaseDurationSeconds = LeaseSeconds };
}
