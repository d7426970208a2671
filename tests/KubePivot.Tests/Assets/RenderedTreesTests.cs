using System.Security.Cryptography;
using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Tests.Assets;

public sealed class RenderedTreesTests : IDisposable
{
    private readonly TemporaryCheckout checkout = new();
    private readonly Cluster cluster = Scenarios.ThreeAndOne();
    private readonly string binary;
    private readonly string image;

    public RenderedTreesTests()
    {
        binary = Path.Combine(checkout.Paths.Root, "bootkube");
        image = Path.Combine(checkout.Paths.Root, "pod-checkpointer.tar");
        File.WriteAllText(binary, "the node program");
        File.WriteAllText(image, "its image");
    }

    public void Dispose() => checkout.Dispose();

    [Fact]
    public void A_manifest_lists_exactly_the_files_of_the_tree_with_their_hashes()
    {
        Write();
        foreach (var node in cluster.Nodes)
        {
            var root = Path.Combine(checkout.Paths.Nodes, node.Name);
            var onDisk = Directory.GetFiles(root, "*", SearchOption.AllDirectories)
                .ToDictionary(file => "/" + Path.GetRelativePath(root, file).Replace('\\', '/'), file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))));
            Assert.Equal(onDisk.OrderBy(file => file.Key, StringComparer.Ordinal), Manifest(node.Name).Files.ToDictionary(file => file.Path, file => file.Sha256));
        }
    }

    [Fact]
    public void What_holds_a_private_key_or_what_a_whole_node_hangs_on_is_for_its_owner_alone()
    {
        Write();
        var secrets = Manifest("master03").Files.Where(file => file.Mode == "0600").Select(file => file.Path).ToList();
        Assert.Equal(
            [
                "/etc/cni/net.d/10-kubepivot.conflist",
                "/etc/etcd/pki/server.key",
                "/etc/kubernetes/kubeconfig",
                "/etc/kubernetes/kubelet.yaml",
                "/etc/kubernetes/pki/kubelet-client.key",
                "/etc/kubernetes/pki/kubelet-server.key",
                "/etc/systemd/system/etcd.service",
                "/etc/systemd/system/kubelet.service",
                "/opt/bootkube/assets/auth/kubeconfig",
                "/opt/bootkube/assets/manifests/kube-apiserver-secret.yaml",
                "/opt/bootkube/assets/manifests/kube-controller-manager-secret.yaml",
                "/opt/bootkube/assets/tls/apiserver.key",
                "/opt/bootkube/assets/tls/ca.key",
                "/opt/bootkube/assets/tls/encryption-config.yaml",
                "/opt/bootkube/assets/tls/etcd-client.key",
                "/opt/bootkube/assets/tls/front-proxy-client.key",
                "/opt/bootkube/assets/tls/kubelet.key",
                "/opt/bootkube/assets/tls/service-account.key",
            ],
            secrets);
        Assert.Equal("etcd:etcd", Manifest("master03").Files.First(file => file.Path == "/etc/etcd/pki/server.key").Owner);
        if (!OperatingSystem.IsWindows())
        {
            Assert.All(secrets, path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, ModeOf(checkout.Paths.Nodes + "/master03" + path)));
            Assert.All(
                Directory.GetDirectories(checkout.Paths.State, "*", SearchOption.AllDirectories),
                folder => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, ModeOf(folder)));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, ModeOf(checkout.Paths.Kubeconfig));
        }
    }

    [Fact]
    public void Units_are_those_of_the_role_in_starting_order()
    {
        Write();
        Assert.Equal(
            ["kubepivot-cgroups.service", "kubepivot-routes.service", "containerd.service", "kubepivot-images.service", "etcd.service", "haproxy.service", "keepalived.service", "kubelet.service"],
            Manifest("master01").Units);
        Assert.Equal(
            ["kubepivot-cgroups.service", "kubepivot-routes.service", "containerd.service", "haproxy.service", "kubelet.service"],
            Manifest("worker01").Units);
    }

    [Theory]
    [InlineData("/etc/etcd/pki/server.crt", "etcd.service")]
    [InlineData("/etc/systemd/system/etcd.service", "etcd.service")]
    [InlineData("/etc/haproxy/haproxy.cfg", "haproxy.service")]
    [InlineData("/etc/systemd/system/keepalived.service.d/kubepivot.conf", "keepalived.service")]
    [InlineData("/etc/kubernetes/pki/kubelet-client.crt", "kubelet.service")]
    [InlineData("/etc/containerd/config.toml", "containerd.service")]
    [InlineData("/opt/bootkube/images/pod-checkpointer.tar", "kubepivot-images.service")]
    public void A_changed_file_restarts_the_unit_that_reads_it(string path, string unit)
    {
        Write();
        Assert.Equal([unit], Manifest("master03").Files.First(file => file.Path == path).Restarts);
    }

    [Fact]
    public void Only_what_runs_once_or_is_watched_restarts_nothing()
    {
        Write();
        Assert.Equal(
            ["/etc/cni/net.d/10-kubepivot.conflist", "/etc/systemd/system/bootkube.service", "/opt/bootkube/bin/bootkube", "/opt/bootkube/bootkube.sh"],
            Manifest("master03").Files.Where(file => file.Restarts.Count == 0 && !file.Path.StartsWith("/opt/bootkube/assets/", StringComparison.Ordinal)).Select(file => file.Path));
    }

    [Fact]
    public void The_image_of_pod_checkpointer_lies_on_the_masters_if_they_need_it()
    {
        Write();
        Assert.All(["master01", "master02", "master03"], node => Assert.Contains(Manifest(node).Files, file => file.Path == "/opt/bootkube/images/pod-checkpointer.tar"));
        Assert.DoesNotContain(Manifest("worker01").Files, file => file.Path.StartsWith("/opt/", StringComparison.Ordinal));

        Assert.False(RenderedOf(spec => spec with { Addons = [] }).NeedsCheckpointerImage);
        var elsewhere = Scenarios.Debian with { Overrides = new Dictionary<string, string> { ["pod-checkpointer"] = "registry.example/checkpointer:1" } };
        Assert.False(RenderedCluster.Render(checkout.Paths, Scenarios.Catalogue, cluster, elsewhere, Scenarios.FakePki).NeedsCheckpointerImage);
    }

    [Fact]
    public void Scripts_and_the_node_program_can_be_executed()
    {
        Write();
        Assert.Equal(
            ["find-interface", "haproxy-answers", "import-images", "mount-cgroups", "set-routes", "bootkube", "bootkube.sh"],
            Manifest("master03").Files.Where(file => file.Mode == "0755").OrderBy(file => file.Path.StartsWith("/opt/", StringComparison.Ordinal)).Select(file => Path.GetFileName(file.Path)));
    }

    [Fact]
    public void Writing_again_changes_nothing_and_keeps_times()
    {
        Assert.True(Write() > 100);
        var before = Stamps();
        Assert.Equal(0, Write());
        Assert.Equal(before, Stamps());
    }

    [Fact]
    public void A_changed_template_changes_the_files_it_makes_and_no_others()
    {
        Write();
        var before = Stamps();
        checkout.Replace("nodes/master/etc/keepalived/keepalived.conf.sbn", "advert_int 0.5", "advert_int 0.6");

        // On each of three masters the file and the manifest that lists its hash.
        Assert.Equal(6, Write());
        var after = Stamps();
        Assert.Equal(before.Keys, after.Keys);
        Assert.All(before.Where(file => !file.Key.EndsWith("keepalived.conf", StringComparison.Ordinal) && !file.Key.EndsWith("manifest.json", StringComparison.Ordinal)), file => Assert.Equal(file.Value, after[file.Key]));
    }

    [Fact]
    public void A_template_that_is_gone_takes_its_files_along()
    {
        Write();
        File.Delete(checkout["nodes/bridge/etc/cni/net.d/10-kubepivot.conflist.sbn"]);
        Write();
        Assert.Empty(Directory.GetFiles(checkout.Paths.Nodes, "*.conflist", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_file_that_somebody_changed_is_put_right()
    {
        Write();
        var file = Path.Combine(checkout.Paths.Assets, "manifests", "namespace.yaml");
        var right = File.ReadAllText(file);
        File.WriteAllText(file, "changed");
        Assert.Equal(1, Write());
        Assert.Equal(right, File.ReadAllText(file));
    }

    [Fact]
    public void What_a_killed_run_left_beside_the_trees_does_not_matter()
    {
        Write();
        Directory.CreateDirectory(checkout.Paths.Nodes + ".new/master01");
        File.WriteAllText(checkout.Paths.Nodes + ".new/master01/half", "written");
        checkout.Replace("nodes/all/etc/haproxy/haproxy.cfg.sbn", "retries 3", "retries 4");
        Write();
        Assert.False(Directory.Exists(checkout.Paths.Nodes + ".new"));
        Assert.Empty(Directory.GetFiles(checkout.Paths.Nodes, "half", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_missing_node_program_is_said_before_anything_is_written()
    {
        File.Delete(binary);
        Assert.Contains("there is no " + binary, Assert.Throws<StageException>(() => Write()).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(checkout.Paths.State));
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);

    private int Write() => new RenderedTrees(checkout.Paths, cluster, binary, image)
        .Write(RenderedCluster.Render(checkout.Paths, Scenarios.Catalogue, cluster, Scenarios.Debian, Scenarios.FakePki));

    private RenderedCluster RenderedOf(Func<ClusterSpec, ClusterSpec> change) =>
        RenderedCluster.Render(checkout.Paths, Scenarios.Catalogue, Scenarios.With(change), Scenarios.Debian, Scenarios.FakePki);

    private NodeTreeManifest Manifest(string node) => NodeTreeManifest.Load(NodeTreeManifest.PathOf(checkout.Paths, node));

    private SortedDictionary<string, DateTime> Stamps() => new(
        Directory.GetFiles(checkout.Paths.State, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.GetLastWriteTimeUtc), StringComparer.Ordinal);
}
