using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Tests.Assets;

public class RegistryTemplatesTests
{
    private static readonly RenderedCluster Rendered = RenderedCluster.Render(Scenarios.Checkout, Scenarios.Catalogue, Scenarios.ClosedNetwork(), Scenarios.Upstream, Scenarios.FakePki, Scenarios.FakeRegistryFiles);

    [Fact]
    public void Credentials_stand_in_one_file_which_is_for_its_owner_alone()
    {
        var config = File("etc/containerd/config.toml");

        Assert.Equal("0600", config.Mode);
        Assert.Contains(Convert.ToBase64String("nodes:no password"u8), config.Content, StringComparison.Ordinal);
        Assert.Contains("configs.\"registry-1.docker.io\".auth", config.Content, StringComparison.Ordinal);
        Assert.All(
            Rendered.Nodes["master01"].Where(file => file.Path != "etc/containerd/config.toml"),
            file => Assert.DoesNotContain("no password", file.Content, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_credentials_the_configuration_is_open_to_all() =>
        Assert.Equal("0644", RenderedCluster.Render(Scenarios.Checkout, Scenarios.Catalogue, Scenarios.OneAndNone(), Scenarios.Debian, Scenarios.FakePki).Nodes["master01"].Single(file => file.Path == "etc/containerd/config.toml").Mode);

    [Fact]
    public void The_cluster_itself_is_never_reached_through_the_proxy()
    {
        var exceptions = File("etc/systemd/system/containerd.service.d/proxy.conf").Content.Split("NO_PROXY=")[1].Split('"')[0].Split(',');

        Assert.Equal(["localhost", "127.0.0.0/8", "10.64.7.0/24", "10.2.0.0/16", "10.3.0.0/16", ".svc", ".cluster.local", ".tdskubes.com", ".example"], exceptions);
    }

    [Fact]
    public void What_is_read_for_each_pull_restarts_nothing_and_the_proxy_restarts_containerd()
    {
        Assert.Empty(NodeFileRules.Restarts("/etc/containerd/certs.d/registry.k8s.io/hosts.toml"));
        Assert.Equal(["containerd.service"], NodeFileRules.Restarts("/etc/containerd/config.toml"));
        Assert.Equal(["containerd.service"], NodeFileRules.Restarts("/etc/systemd/system/containerd.service.d/proxy.conf"));
    }

    [Fact]
    public void An_image_of_cluster_yaml_takes_the_place_of_the_catalogue_s()
    {
        var catalogue = ReleaseCatalogue.Load(Scenarios.Checkout);
        var release = Scenarios.Debian with { Overrides = new Dictionary<string, string> { ["coredns"] = "mirror.example/coredns:v1", ["pause"] = "mirror.example/pause:9" } };

        Assert.Equal(("mirror.example/coredns:v1", "mirror.example/pause:9"), (catalogue.Image(release, "coredns"), catalogue.Image(release, "pause")));
        Assert.Null(catalogue.LeftOut(release, "kube-dns", DashboardKind.Headlamp));
        Assert.NotEqual(Scenarios.Debian.Identity, release.Identity);
    }

    [Fact]
    public void The_components_that_may_be_named_are_those_of_the_catalogue()
    {
        var catalogue = ReleaseCatalogue.Load(Scenarios.Checkout);
        var known = new[] { KubernetesSource.Upstream, KubernetesSource.Debian }.SelectMany(catalogue.Components)
            .Concat(KnownAddons.All.SelectMany(addon => catalogue.AddonImages(addon, DashboardKind.Headlamp).Concat(catalogue.AddonImages(addon, DashboardKind.KubernetesDashboard))));

        Assert.Equal(known.Distinct().Order(StringComparer.Ordinal), KnownImages.All);
    }

    private static RenderedFile File(string path) => Rendered.Nodes["master01"].Single(file => file.Path == path);
}
