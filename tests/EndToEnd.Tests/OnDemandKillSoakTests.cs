using System.Diagnostics;
using KubePivot.Diagnosis;

namespace KubePivot.EndToEnd;

/// <summary>On demand: bootstraps in which something is killed at a random moment, each run a second time.</summary>
[Collection(ThrowAwayCluster.OneAtATime)]
public sealed class OnDemandKillSoakTests(ClusterUnderSoak soaked) : IClassFixture<ClusterUnderSoak>
{
    private static readonly TimeSpan BuildBound = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan ReadyBound = TimeSpan.FromMinutes(3);

    private ThrowAwayCluster Cluster => soaked.Cluster;

    [Fact]
    public async Task Whatever_is_killed_in_a_bootstrap_and_whenever_a_second_one_ends_in_a_good_cluster()
    {
        ClusterUnderSoak.SkipUnlessAskedFor();
        var (undisturbed, lifetimes) = await BootstrapUndisturbedAsync();
        Tell($"undisturbed: {undisturbed.TotalSeconds:0.0} s");
        var lost = new List<TimeSpan>();
        var failures = new List<string>();
        for (var cycle = 0; cycle < ClusterUnderSoak.Cycles; cycle++)
        {
            var fault = Fault.Of(ClusterUnderSoak.Seed + cycle, Cluster.Nodes());
            var what = $"cycle {cycle + 1} of {ClusterUnderSoak.Cycles}, seed {fault.Seed}: {fault}";
            await Cluster.MustBuildAsync("Destroy", "--purge", "--yes");
            try
            {
                var (hit, first, second) = await BootstrapTwiceAsync(fault, lifetimes[fault.Victim]);
                Assert.True(hit != null, "it was over before it could be hit");
                lost.Add(first.Taken + second - undisturbed);
                Tell($"{what} after '{hit}'; the build exited with {first.ExitCode} after {first.Taken.TotalSeconds:0.0} s, the next was done in {second.TotalSeconds:0.0} s; {lost[^1].TotalSeconds:0.0} s lost");
            }
            catch (Exception exception) when (exception is Xunit.Sdk.IAssertionException or StageException or OperationCanceledException or TimeoutException)
            {
                failures.Add($"{what}: {exception.Message}");
                Tell(failures[^1]);
            }
        }

        Tell($"{lost.Count} of {ClusterUnderSoak.Cycles} ended in a good cluster{(lost.Count == 0 ? "" : $"; time lost: {ClusterUnderSoak.Spread(lost)}")}");
        Assert.Empty(failures);
    }

    /// <summary>How long a bootstrap takes that nothing happens to, and how long each victim runs in it.</summary>
    private async Task<(TimeSpan Taken, Dictionary<Victim, TimeSpan> Lifetimes)> BootstrapUndisturbedAsync()
    {
        // What the caches lack is made by the first.
        await Cluster.MustBuildAsync("Bootstrap");
        await Cluster.MustBuildAsync("Destroy", "--purge", "--yes");
        var started = Stopwatch.GetTimestamp();
        await Cluster.MustBuildAsync("Bootstrap");
        var taken = Stopwatch.GetElapsedTime(started);
        var targets = TimelineEntry.LoadTargets(new ClusterPaths(Cluster.Folder).Timeline).ToDictionary(entry => entry.Target);
        var end = targets["PrintToken"].End;
        return (taken, new()
        {
            [Victim.Build] = taken,
            [Victim.NodeProgram] = targets["StartBootkube"].Duration * 0.8,
            [Victim.Etcd] = end - targets["CopyAssets"].End,
            [Victim.Kubelet] = end - targets["CopyAssets"].End,
            [Victim.ApiServer] = (end - targets["StartBootkube"].Start) * 0.8,
            [Victim.Network] = end - targets["VagrantUp"].Start,
            [Victim.Machine] = end - targets["VagrantUp"].Start,
        });
    }

    private async Task<(string? Hit, (int ExitCode, TimeSpan Taken) First, TimeSpan Second)> BootstrapTwiceAsync(Fault fault, TimeSpan lifetime)
    {
        var started = Stopwatch.GetTimestamp();

        // A build that waits for what was killed need not wait as long as people would let it.
        using var build = Cluster.StartBuild("Bootstrap", "--timeout", "2");
        var hit = await new FaultInjection(Cluster).HitAsync(fault, build, lifetime, TestContext.Current.CancellationToken);
        var exitCode = await build.EndAsync(BuildBound);
        var taken = Stopwatch.GetElapsedTime(started);

        started = Stopwatch.GetTimestamp();
        var output = await Cluster.MustBuildAsync("Bootstrap");
        using var readiness = new ClusterReadiness(Cluster);
        await readiness.UntilAsync(ReadyBound, [], DateTime.UtcNow);
        var again = Stopwatch.GetElapsedTime(started);
        Assert.Contains("The login token is:", output, StringComparison.Ordinal);
        Assert.Equal(3, (await Cluster.GetAsync("endpoints", "kubernetes", "-n", "default")).GetProperty("subsets")[0].GetProperty("addresses").GetArrayLength());
        await Cluster.MustKubectlAsync("get", "namespace", "tds-cloud");
        return (hit, (exitCode, taken), again);
    }

    private static void Tell(string line) => TestContext.Current.SendDiagnosticMessage(line);
}
