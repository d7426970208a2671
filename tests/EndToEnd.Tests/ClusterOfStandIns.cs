namespace KubePivot.EndToEnd;

/// <summary>A throw-away cluster from a bundle of source debian in which stand-ins take the places of images that cannot be had.</summary>
public sealed class ClusterOfStandIns : IAsyncLifetime
{
    public ThrowAwayCluster Cluster { get; } = new() { Bundle = Path.Combine(Path.GetTempPath(), $"kubepivot-e2e-{Environment.ProcessId}-stand-ins") };

    /// <summary>Makes the bundle.</summary>
    public async Task MakeBundleAsync()
    {
        await Cluster.MustBuildAsync("FetchKubernetes", "--source", "debian", "--bundle-to", Cluster.Bundle!);
        await new StandInImages(Cluster.Folder, Cluster.Bundle!).AddAsync();
    }

    public ValueTask InitializeAsync() => Cluster.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        if (Directory.Exists(Cluster.Bundle))
        {
            Directory.Delete(Cluster.Bundle, recursive: true);
        }
    }
}
