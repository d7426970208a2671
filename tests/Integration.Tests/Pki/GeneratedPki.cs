using KubePivot.Configuration;
using KubePivot.Integration.Tests.Kubernetes;
using KubePivot.Pki;
using KubePivot.Stages;

namespace KubePivot.Integration.Tests.Pki;

/// <summary>A PKI as GeneratePki makes it, in a folder that goes with it.</summary>
internal sealed class GeneratedPki : IDisposable
{
    private readonly ClusterPaths paths = new(Directory.CreateTempSubdirectory("kubepivot-pki-").FullName);

    public GeneratedPki(ClusterSpec spec)
    {
        Cluster = new Cluster(spec, "/clusters/cluster.yaml", MachineProvider.Lxc);
        new GeneratePkiStage(new StageContext { Cluster = Cluster, Paths = paths, Reporter = new RecordedLines() }).RunAsync().GetAwaiter().GetResult();
        Loaded = ClusterPki.Load(paths, Cluster);
    }

    public Cluster Cluster { get; }

    public ClusterPki Loaded { get; }

    public IReadOnlyList<CertificateSpec> Table => ClusterCertificates.Of(Cluster);

    public string CertificateFile(string name) => Path.Combine(paths.Pki, $"{name}.crt");

    public string KeyFile(string name) => Path.Combine(paths.Pki, $"{name}.key");

    public string PublicKeyFile(string name) => Path.Combine(paths.Pki, $"{name}.pub");

    public void Dispose() => Directory.Delete(paths.Root, recursive: true);
}
