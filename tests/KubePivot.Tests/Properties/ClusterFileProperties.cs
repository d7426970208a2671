using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;
using KubePivot.Machines;
using KubePivot.Pki;
using KubePivot.Preflight;
using KubePivot.Tests.Assets;
using KubePivot.Tests.Configuration;

namespace KubePivot.Tests.Properties;

public class ClusterFileProperties
{
    private static readonly IReadOnlyList<string> Originals = [File.ReadAllText(Path.Combine(Scenarios.Checkout.Root, "cluster.yaml")), .. Examples.Accepted.Select(row => row.Data), .. Examples.RefusedByForm.Select(row => row.Data.Item1)];

    private static readonly KubernetesRelease Release = new("v1.36.2", KubernetesSource.Upstream);

    [Fact]
    public void A_damaged_cluster_yaml_is_a_cluster_or_is_refused_in_words() => Property.Holds(Mutations.OfTexts(Originals), 1000, text =>
    {
        ClusterSpec? spec = null;
        if (Property.IsTakenOrRefused(() => spec = ClusterFile.Parse(text, "cluster.yaml")))
        {
            Use(spec!);
        }
    });

    [Fact]
    public void A_damaged_file_is_left_as_it_is() => Property.Holds(Mutations.OfBytes([.. Originals.Select(System.Text.Encoding.UTF8.GetBytes)]), 200, bytes =>
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("cluster.yaml", bytes);

        Property.IsTakenOrRefused(() => ClusterFile.Load(file));

        Assert.Equal(bytes, File.ReadAllBytes(file));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    });

    /// <summary>Everything that follows from a specification without a disk or a network.</summary>
    private static void Use(ClusterSpec spec)
    {
        foreach (var provider in new[] { MachineProvider.Lxc, MachineProvider.Virtualbox }.Where(provider => spec.Machines.Provider == MachineProvider.Auto || spec.Machines.Provider == provider))
        {
            var cluster = new Cluster(spec, "/c/cluster.yaml", provider);
            Assert.NotEmpty(cluster.ServiceAddresses.Values);
            Assert.All(cluster.Nodes, node => Assert.NotEmpty(node.PodCidr));
            Assert.NotEmpty(ClusterCertificates.Of(cluster));
            Assert.NotEmpty(MachinesFile.Of(cluster, spec.Machines.Box, [], TimeSpan.FromMinutes(20)).ToJson());
            Assert.NotNull(RegistryHosts.Of(spec.Registries));
            Assert.NotEmpty(RegistryProbe.EndpointsOf(spec.Registries));
            Assert.NotNull(new HostChecks(cluster, Release, new HostObservation { Cpus = 2, AvailableMib = 1, Machines = new Dictionary<string, MachineState>() }).All());
        }
    }
}
