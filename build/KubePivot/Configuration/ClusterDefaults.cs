namespace KubePivot.Configuration;

/// <summary>
/// What holds for everything that cluster.yaml leaves out: the cluster of the article. The one place of defaults; the README, the
/// JSON schema and the cluster.yaml of the checkout say the same, and a test compares them.
/// </summary>
public static class ClusterDefaults
{
    public static ClusterSpec Spec { get; } = new()
    {
        Name = "tds",
        Domain = "tdskubes.com",
        Namespace = "tds-cloud",
        Nodes =
        [
            new NodeSpec { Name = "master01", Role = NodeRole.Master },
            new NodeSpec { Name = "master02", Role = NodeRole.Master },
            new NodeSpec { Name = "master03", Role = NodeRole.Master, Bootstrap = true },
            new NodeSpec { Name = "worker01", Role = NodeRole.Worker },
        ],
        Network = new NetworkSpec
        {
            PodCidr = "10.2.0.0/16",
            ServiceCidr = "10.3.0.0/16",
            ClusterDomain = "cluster.local",
            Cni = CniKind.Auto,
        },
        Kubernetes = new KubernetesSpec { Source = KubernetesSource.Auto },
        Machines = new MachinesSpec
        {
            Provider = MachineProvider.Auto,
            Box = "generic/debian12",
            Cpus = 2,
            MemoryMib = 2048,
        },
        Pki = new PkiSpec
        {
            KeyAlgorithm = KeyAlgorithm.EcdsaP256,
            CaLifetime = TimeSpan.FromDays(10 * 365),
            LeafLifetime = TimeSpan.FromDays(365),
            SubjectPrefix = "/C=SG/ST=Singapore/L=Singapore",
            ExtraSans = [],
        },
        Addons = KnownAddons.All,
        Dashboard = DashboardKind.Headlamp,
        KubeSystemAdmin = true,
    };
}
