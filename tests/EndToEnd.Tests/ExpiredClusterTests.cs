using KubePivot.Pki;

namespace KubePivot.EndToEnd;

/// <summary>One clock runs the machines and this one, so certificates that are to expire are made for minutes.</summary>
[Collection(ThrowAwayCluster.OneAtATime)]
public sealed class ExpiredClusterTests(ThrowAwayCluster cluster) : IClassFixture<ThrowAwayCluster>
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_cluster_whose_certificates_have_expired_is_brought_back_by_RenewCertificates_and_the_pods_of_users_run_on()
    {
        Assert.SkipWhen(ThrowAwayCluster.Obstacle != null, ThrowAwayCluster.Obstacle ?? "");
        await cluster.EditClusterFileAsync(ThrowAwayCluster.FirstAndSecondMaster, "");
        await cluster.EditClusterFileAsync("leafLifetime: 1y", $"leafLifetime: {Lifetime.TotalMinutes}m");

        // All that takes long, before there are certificates.
        await cluster.MustBuildAsync("VagrantUp");
        await cluster.MustBuildAsync("Bootstrap");
        await cluster.MustKubectlAsync("create", "configmap", "before-the-expiry", "-n", "default");
        await Echo.DeployAsync(cluster);
        var users = await cluster.UsersPodsAsync();
        using (var certificate = Certificate.FromPem(await File.ReadAllTextAsync(Path.Combine(cluster.Folder, ".cluster", "pki", "apiserver.crt"), TestContext.Current.CancellationToken)))
        {
            Assert.InRange(certificate.NotAfter - DateTimeOffset.UtcNow, TimeSpan.Zero, Lifetime);
        }

        await ThrowAwayCluster.EventuallyAsync("the certificates have expired", Lifetime + TimeSpan.FromSeconds(30), async () =>
        {
            var seen = (await cluster.KubectlAsync("get", "--raw=/readyz")).StandardError;
            return (seen.Contains("certificate has expired", StringComparison.Ordinal), seen);
        });
        await cluster.EditClusterFileAsync($"leafLifetime: {Lifetime.TotalMinutes}m", "leafLifetime: 1y");

        var output = await cluster.MustBuildAsync("RenewCertificates");

        Assert.Contains("is good no longer (certificate has expired)", output, StringComparison.Ordinal);
        Assert.Equal(users, await cluster.UsersPodsAsync());
        await cluster.MustKubectlAsync("get", "configmap", "before-the-expiry", "-n", "default");
        Assert.Contains("bootstrapped already", await cluster.MustBuildAsync("StartBootkube", "--force"), StringComparison.Ordinal);
    }
}
