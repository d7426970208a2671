using KubePivot.Configuration;
using KubePivot.Files;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Stages;

namespace KubePivot.Integration.Tests.Kubernetes;

/// <summary>A checkout of its own whose <c>.cluster/kubeconfig</c> leads to a server under test, and the stage context of it.</summary>
internal sealed class RealCluster : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("kubepivot-checkout-").FullName;

    public RealCluster(KubeApiServer server)
    {
        Paths = new ClusterPaths(root);
        AtomicFile.WriteSecret(Paths.Kubeconfig, File.ReadAllText(server.Kubeconfig));
    }

    public ClusterPaths Paths { get; }

    public RecordedLines Lines { get; } = new();

    public StageContext Context => new()
    {
        Cluster = new Cluster(ClusterDefaults.Spec, Path.Combine(root, "cluster.yaml"), MachineProvider.Lxc),
        Paths = Paths,
        Reporter = Lines,
        Timeout = TimeSpan.FromMinutes(1),
        CancellationToken = TestContext.Current.CancellationToken,
    };

    public void WriteManifest(string name, string yaml) => AtomicFile.Write(Path.Combine(Paths.Assets, "manifests", name), yaml);

    public void Dispose() => Directory.Delete(root, recursive: true);
}
