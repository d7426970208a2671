using KubePivot.Pki;

namespace KubePivot.EndToEnd;

/// <summary>On demand (<c>-explicit only</c>): what <see cref="ExpiredClusterTests"/> does with one master that runs, with three that were off.</summary>
[Collection(ThrowAwayCluster.OneAtATime)]
public sealed class OnDemandExpiredClusterTests(ThrowAwayCluster cluster) : IClassFixture<ThrowAwayCluster>
{
    private const int Objects = 1000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(6);

    [Fact(Explicit = true)]
    public async Task Machines_that_were_off_until_their_certificates_had_expired_are_a_cluster_again_after_RenewCertificates()
    {
        Assert.SkipWhen(ThrowAwayCluster.Obstacle != null, ThrowAwayCluster.Obstacle ?? "");
        await cluster.EditClusterFileAsync("leafLifetime: 1y", $"leafLifetime: {Lifetime.TotalMinutes}m");

        // All that takes long, before there are certificates.
        await cluster.MustBuildAsync("VagrantUp");
        await cluster.MustBuildAsync("Bootstrap");
        var objects = new WrittenObjects(cluster.Kubeconfig, "expiry");
        await objects.WriteAsync(Objects, TestContext.Current.CancellationToken);
        using var certificate = Certificate.FromPem(await File.ReadAllTextAsync(Path.Combine(cluster.Folder, ".cluster", "pki", "apiserver.crt"), TestContext.Current.CancellationToken));
        await Task.WhenAll(cluster.Nodes().Select(node => cluster.CutPowerAsync(node.Name)));
        await ThrowAwayCluster.EventuallyAsync("the certificates have expired", Lifetime, () => Task.FromResult((certificate.NotAfter < DateTimeOffset.UtcNow, $"{certificate.NotAfter}")));
        await cluster.EditClusterFileAsync($"leafLifetime: {Lifetime.TotalMinutes}m", "leafLifetime: 1y");

        var output = await cluster.MustBuildAsync("RenewCertificates");

        Assert.Contains("is good no longer (certificate has expired)", output, StringComparison.Ordinal);
        await objects.VerifyAsync(TestContext.Current.CancellationToken);
        await cluster.MustBuildAsync("Bootstrap");
    }
}
