namespace KubePivot.EndToEnd;

/// <summary>A throw-away cluster from the bundle that <see cref="Variable"/> names.</summary>
public sealed class ClusterOfABundle : ThrowAwayCluster
{
    public const string Variable = "KUBEPIVOT_TEST_BUNDLE";

    public ClusterOfABundle() => Bundle = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    /// <summary>Bootstraps, or bootstraps again.</summary>
    /// <returns>What was printed.</returns>
    public Task<string> BootstrapAsync() => MustBuildAsync("Bootstrap", "--source", "bundle", "--bundle", Bundle!);
}
