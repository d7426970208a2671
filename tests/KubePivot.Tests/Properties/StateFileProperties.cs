using System.Text;
using System.Text.Json;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;
using KubePivot.Machines;
using KubePivot.Resuming;
using KubePivot.Ssh;

namespace KubePivot.Tests.Properties;

/// <summary>What the build itself has left in <c>.cluster</c>, damaged since.</summary>
public class StateFileProperties
{
    private static readonly byte[] Marker = Encoding.UTF8.GetBytes("""
        { "target": "GeneratePki", "finished": "2026-11-24T04:14:59+00:00", "seconds": 1.5, "fingerprint": "0a1b" }
        """);

    private static readonly byte[] Source = Encoding.UTF8.GetBytes("""
        { "source": "upstream", "version": "v1.36.2", "reason": "it answers", "chosen": "2026-11-24T04:14:59+00:00" }
        """);

    private static readonly byte[] Machines = Encoding.UTF8.GetBytes(
        MachinesFile.Of(new Cluster(ClusterDefaults.Spec, "/c/cluster.yaml", MachineProvider.Lxc), "box", [], TimeSpan.FromMinutes(20)).ToJson());

    private static readonly byte[] Tree = Encoding.UTF8.GetBytes(
        new NodeTreeManifest("master01", [new NodeFile("/etc/a", "0644", "root:root", "0a", ["kubelet.service"])], ["kubelet.service"]).ToJson());

    private const string KnownHostsText = """
        # pinned
        10.70.3.11 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6w1MtpQu0gQBKhVVGkSpRbgSdA6GmsVZ3S4dLkPAzM
        [10.70.3.12]:2222,10.70.3.13 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6w1MtpQu0gQBKhVVGkSpRbgSdA6GmsVZ3S4dLkPAzM

        """;

    [Fact]
    public void A_damaged_marker_is_refused_by_its_name_or_decides() => Property.Holds(Mutations.OfBytes(Marker), 300, bytes => InState(paths => paths.Markers + "/GeneratePki.done", bytes, paths =>
    {
        var store = new MarkerStore(paths.Markers);
        Property.IsTakenOrRefused(() => Assert.NotEmpty(MarkerDecision.Of(store.Load("GeneratePki"), false, false, () => "0a1b").Reason));
    }));

    [Fact]
    public void A_damaged_memory_of_the_source_is_none_or_is_used() => Property.Holds(Mutations.OfBytes(Source), 300, bytes => InState(paths => paths.KubernetesSource, bytes, paths =>
    {
        var remembered = RememberedSource.Load(paths);
        Property.IsTakenOrRefused(() => SourceChoice.Of(ClusterDefaults.Spec.Kubernetes, "/no/bundle", Catalogue, remembered, () => null));
    }));

    [Fact]
    public void A_damaged_list_of_machines_is_none_or_is_used() => Property.Holds(Mutations.OfBytes(Machines), 200, bytes => InState(paths => paths.MachinesFile, bytes, paths =>
    {
        if (MachinesFile.LoadIfPresent(paths) is { } file)
        {
            Assert.DoesNotContain(file.Machines, machine => MachineStates.IsMade(paths, file.Provider, machine));
            Assert.NotEmpty(file.Keeping(file.Machines).ToJson());
            _ = MachineProviderNames.Parse(file.Provider);
        }
    }));

    [Fact]
    public void A_damaged_record_of_the_host_is_none_or_is_used() => Property.Holds(
        Mutations.OfTexts("""{ "boot": "b", "bridge": "kp1", "gateway": "10.70.3.1/24", "sysctls": { "net.ipv4.ip_forward": "0" }, "settings": { "net.ipv4.ip_forward": { "before": "0", "value": "1", "users": ["kp1"] } } }"""), 300, text =>
        {
            var (remaining, _) = SharedSettings.Parse(text, "b").With("kp2", new Dictionary<string, string> { ["net.ipv4.ip_forward"] = "1" }, _ => "0").Without("kp1", _ => true);
            Assert.Contains("kp2", remaining.ToJson());
            InState(paths => paths.HostSettings, Encoding.UTF8.GetBytes(text), paths => Assert.NotEmpty(JsonSerializer.Serialize(HostSettings.LoadIfPresent(paths)?.Sysctls.ToList())));
        });

    [Fact]
    public void A_damaged_manifest_of_a_nodes_tree_is_refused_or_is_a_tree() => Property.Holds(Mutations.OfBytes(Tree), 300, bytes => InState(paths => NodeTreeManifest.PathOf(paths, "master01"), bytes, paths =>
        Property.IsTakenOrRefused(() =>
        {
            var tree = NodeTreeManifest.Load(NodeTreeManifest.PathOf(paths, "master01"));
            Assert.NotEmpty(string.Concat(KubePivot.Nodes.AppliedRecord.Of(tree).Lines()) + tree.ToJson());
            Assert.All(tree.Units, Assert.NotNull);
        })));

    [Fact]
    public void Damaged_host_keys_are_refused_or_say_the_same_when_they_are_written_again() => Property.Holds(Mutations.OfTexts(KnownHostsText), 300, text => InState(paths => paths.KnownHosts, Encoding.UTF8.GetBytes(text), paths =>
    {
        KnownHosts? hosts = null;
        if (Property.IsTakenOrRefused(() => hosts = KnownHosts.Load(paths.KnownHosts)))
        {
            var before = hosts!.KeysOf("10.70.3.11", 22).Concat(hosts.KeysOf("10.70.3.12", 2222)).Concat(hosts.KeysOf("10.70.3.13", 22)).ToList();
            hosts.Save();
            var written = File.ReadAllBytes(paths.KnownHosts);
            var again = KnownHosts.Load(paths.KnownHosts);
            Assert.Equal(before, again.KeysOf("10.70.3.11", 22).Concat(again.KeysOf("10.70.3.12", 2222)).Concat(again.KeysOf("10.70.3.13", 22)));
            again.Save();
            Assert.Equal(written, File.ReadAllBytes(paths.KnownHosts));
        }
    }));

    private static ReleaseCatalogue Catalogue { get; } = ReleaseCatalogue.Load(KubePivot.Tests.Assets.Scenarios.Checkout);

    private static void InState(Func<ClusterPaths, string> fileOf, byte[] content, Action<ClusterPaths> work)
    {
        using var folder = new TemporaryFolder();
        var paths = new ClusterPaths(folder.Path);
        folder.Write(Path.GetRelativePath(folder.Path, fileOf(paths)), content);
        work(paths);
    }
}
