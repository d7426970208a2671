namespace KubePivot.EndToEnd;

/// <summary>A throw-away cluster from the bundle that the environment variable <see cref="Variable"/> names; nothing if it names none.</summary>
public sealed class ClusterOfABundle : IAsyncLifetime
{
    public const string Variable = "KUBEPIVOT_TEST_BUNDLE";

    /// <summary>Folder of the bundle, or null.</summary>
    public static string? Bundle { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    public ThrowAwayCluster Cluster { get; } = new() { Bundle = Bundle };

    public ValueTask InitializeAsync() => Bundle == null ? ValueTask.CompletedTask : Cluster.InitializeAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
