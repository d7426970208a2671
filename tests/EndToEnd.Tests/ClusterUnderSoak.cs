using System.Globalization;
using KubePivot.Testing;

namespace KubePivot.EndToEnd;

/// <summary>A throw-away cluster, if the environment asks for a soak; <c>./build.sh Soak</c> lets it.</summary>
public sealed class ClusterUnderSoak : IAsyncLifetime
{
    /// <summary>How often something is done to the cluster; 0: never.</summary>
    public static int Cycles { get; } = NumberIn(TestRun.SoakCycles) ?? 0;

    /// <summary>The first seed; by itself another one in each run.</summary>
    public static int Seed { get; } = NumberIn(TestRun.SoakSeed) ?? Random.Shared.Next(1_000_000);

    public ThrowAwayCluster Cluster { get; } = new();

    public static void SkipUnlessAskedFor()
    {
        Assert.SkipWhen(ThrowAwayCluster.Obstacle != null, ThrowAwayCluster.Obstacle ?? "");
        Assert.SkipWhen(Cycles == 0, $"it takes long, and runs on demand: ./build.sh Soak, which sets {TestRun.SoakCycles}");
    }

    public static string Spread(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Select(time => time.TotalSeconds).Order().ToList();
        return $"min {sorted[0]:0.0} s, median {sorted[sorted.Count / 2]:0.0} s, max {sorted[^1]:0.0} s";
    }

    public ValueTask InitializeAsync() => Cycles == 0 ? ValueTask.CompletedTask : Cluster.InitializeAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private static int? NumberIn(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
