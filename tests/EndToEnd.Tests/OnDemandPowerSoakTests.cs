namespace KubePivot.EndToEnd;

/// <summary>On demand: the power is cut again and again, and the cluster comes back each time by itself.</summary>
[Collection(ThrowAwayCluster.OneAtATime)]
public sealed class OnDemandPowerSoakTests(ClusterUnderSoak soaked) : IClassFixture<ClusterUnderSoak>
{
    private const int Objects = 10_000;

    [Fact]
    public async Task Whatever_loses_its_power_however_often_the_cluster_comes_back_with_all_that_was_written()
    {
        ClusterUnderSoak.SkipUnlessAskedFor();
        var (cluster, stop) = (soaked.Cluster, TestContext.Current.CancellationToken);
        await cluster.MustBuildAsync("Bootstrap");
        using var power = new PowerLoss(cluster);
        var objects = new WrittenObjects(cluster.Kubeconfig, "soak");
        await objects.WriteAsync(Objects, stop);
        Tell($"{Objects} objects are written");

        var recoveries = new List<Recovery>();
        for (var cycle = 0; cycle < ClusterUnderSoak.Cycles; cycle++)
        {
            var away = cycle % 3 == 2 ? power.Masters[cycle / 3 % power.Masters.Count] : null;
            var (what, stopped) = (cycle % 3) switch { 0 => ("all masters", power.Masters), 1 => ("all nodes", power.All), _ => ($"all masters, {away} stays away", power.Masters) };
            var recovery = await power.CutAsync(stopped, away);
            await objects.VerifyAsync(stop);
            Tell($"cycle {cycle + 1} of {ClusterUnderSoak.Cycles}, {what}: {recovery}, all objects are there");
            if (away != null)
            {
                await power.BringBackAsync(away);
            }

            recoveries.Add(recovery);
        }

        Tell($"until the API answered: {ClusterUnderSoak.Spread(recoveries.Select(recovery => recovery.Api))}");
        Tell($"until everything was Ready: {ClusterUnderSoak.Spread(recoveries.Select(recovery => recovery.Ready))}");
        Assert.All(recoveries, recovery => Assert.InRange(recovery.Api, TimeSpan.Zero, PowerLoss.ApiBound));
        Assert.All(recoveries, recovery => Assert.InRange(recovery.Ready, TimeSpan.Zero, PowerLoss.ReadyBound));
    }

    private static void Tell(string line) => TestContext.Current.SendDiagnosticMessage(line);
}
