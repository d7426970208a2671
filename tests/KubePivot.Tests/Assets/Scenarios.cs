using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Pki;

namespace KubePivot.Tests.Assets;

/// <summary>The clusters that golden files are kept of. Everything that goes into them is fixed, and no text in them is a key.</summary>
internal static class Scenarios
{
    public static readonly KubernetesRelease Debian = new("v1.20.2", KubernetesSource.Debian) { NodeProgram = "0123456789abcdef" };

    /// <summary>The newest release, which has all add-ons.</summary>
    public static readonly KubernetesRelease Upstream = new("v1.37.1", KubernetesSource.Upstream) { NodeProgram = "0123456789abcdef" };

    public static readonly PkiTexts FakePki = new(
        name => $"certificate of {name}\n",
        name => $"certificate of {name}\n",
        name => $"not a key: {name}\n",
        name => $"public half of {name}\n",
        new EncryptionKeys([new EncryptionKey(EncryptionKeyRole.Write, "key-of-a-scenario", "not a key")]));

    public static ClusterPaths Checkout { get; } = new(FindRoot());

    public static ReleaseCatalogue Catalogue { get; } = ReleaseCatalogue.Load(Checkout);

    /// <summary>The article's cluster: three masters, master03 the bootstrap master, one worker.</summary>
    public static Cluster ThreeAndOne(MachineProvider provider = MachineProvider.Lxc, CniKind cni = CniKind.Auto) => new(
        Spec(cni, [Master("master01"), Master("master02"), Master("master03") with { Bootstrap = true }, Worker("worker01")]), "/clusters/cluster.yaml", provider);

    /// <summary>One master and nothing else.</summary>
    public static Cluster OneAndNone() => new(Spec(CniKind.Bridge, [Master("master01") with { Bootstrap = true }]), "/clusters/cluster.yaml", MachineProvider.Lxc);

    /// <summary>One master that pulls through mirrors and a proxy, with credentials and a private authority.</summary>
    public static Cluster ClosedNetwork() => new(
        OneAndNone().Spec with
        {
            Addons = [],
            Registries = new()
            {
                Mirrors = new Dictionary<string, IReadOnlyList<string>>
                {
                    ["registry.k8s.io"] = ["https://mirror.example:5000", "https://cache.example"],
                    ["*"] = ["https://cache.example/v2/hub"],
                },
                Credentials = new Dictionary<string, RegistryAccount> { ["mirror.example:5000"] = new("nodes", "mirror-password"), ["docker.io"] = new("me", "hub-password") },
                Authorities = new Dictionary<string, string> { ["mirror.example:5000"] = "mirror.pem", ["registry.example:8443"] = "registry.pem" },
            },
            Proxy = new() { Https = "http://proxy.example:3128", NoProxy = [".example"] },
        },
        "/clusters/cluster.yaml",
        MachineProvider.Lxc);

    public static RegistryFiles FakeRegistryFiles { get; } = new(
        new Dictionary<string, string> { ["mirror.example:5000"] = "no password", ["docker.io"] = "no other" },
        new Dictionary<string, string> { ["mirror.example:5000"] = "authority of the mirror\n", ["registry.example:8443"] = "authority of the registry\n" });

    /// <summary>The article's cluster with other values, as cluster.yaml might give them.</summary>
    public static Cluster With(Func<ClusterSpec, ClusterSpec> change) => new(change(ThreeAndOne().Spec), "/clusters/cluster.yaml", MachineProvider.Lxc);

    public static Cluster Of(int masters, int workers) => new(
        Spec(CniKind.Bridge, [.. Enumerable.Range(1, masters).Select(n => Master($"master{n:00}")), .. Enumerable.Range(1, workers).Select(n => Worker($"worker{n:00}"))]),
        "/clusters/cluster.yaml",
        MachineProvider.Lxc);

    private static NodeSpec Master(string name) => new() { Name = name, Role = NodeRole.Master };

    private static NodeSpec Worker(string name) => new() { Name = name, Role = NodeRole.Worker };

    private static ClusterSpec Spec(CniKind cni, IReadOnlyList<NodeSpec> nodes) => new()
    {
        Name = "tds",
        Domain = "tdskubes.com",
        Namespace = "tds-cloud",
        Nodes = nodes,
        Network = new() { PodCidr = "10.2.0.0/16", ServiceCidr = "10.3.0.0/16", NodeCidr = "10.64.7.0/24", ClusterDomain = "cluster.local", Cni = cni },
        Kubernetes = new() { Source = KubernetesSource.Debian },
        Machines = new() { Provider = MachineProvider.Lxc, Box = "debian/bookworm64", Cpus = 2, MemoryMib = 2048 },
        Pki = new()
        {
            KeyAlgorithm = KeyAlgorithm.EcdsaP256,
            CaLifetime = TimeSpan.FromDays(3650),
            LeafLifetime = TimeSpan.FromDays(365),
            SubjectPrefix = "/C=SG/ST=Singapore/L=Singapore",
            ExtraSans = [],
        },
        Addons = KnownAddons.All,
    };

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "global.json")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests must run inside the checkout.");
    }
}
