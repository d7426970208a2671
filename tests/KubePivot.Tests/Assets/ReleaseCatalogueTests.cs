using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Tests.Assets;

public sealed class ReleaseCatalogueTests : IDisposable
{
    private readonly TemporaryCheckout checkout = new();

    public void Dispose() => checkout.Dispose();

    [Fact]
    public void Images_of_source_debian_are_local_ones_of_the_release()
    {
        var catalogue = ReleaseCatalogue.Load(checkout.Paths);
        Assert.Equal("v1.20.2", catalogue.DefaultVersion(KubernetesSource.Debian));
        Assert.Equal("kubepivot.local/kube-apiserver:v1.20.2", catalogue.Image(Scenarios.Debian, "kube-apiserver"));
        Assert.Equal("kubepivot.local/pause:3.2", catalogue.Image(Scenarios.Debian, "pause"));
        Assert.False(catalogue.HasImage(Scenarios.Debian, "flannel"));
    }

    [Fact]
    public void An_image_that_a_source_has_not_is_refused_with_those_it_has()
    {
        var refused = Assert.Throws<StageException>(() => ReleaseCatalogue.Load(checkout.Paths).Image(Scenarios.Debian, "flannel"));
        Assert.EndsWith(
            "names no image 'flannel' for v1.20.2 from debian; it has default-backend, kube-apiserver, kube-controller-manager, kube-proxy, kube-scheduler, pause.",
            refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_the_catalogue_does_not_know_is_refused_with_those_it_knows()
    {
        checkout.Replace("releases.yaml", "  bundle:", "  bundel:");
        Assert.EndsWith(
            "has no images for the source 'bundle'; kubernetes.source in cluster.yaml can be debian, upstream, bundel.",
            Assert.Throws<StageException>(() => ReleaseCatalogue.Load(checkout.Paths).DefaultVersion(KubernetesSource.Bundle)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("    like: bundle", "bundle")]
    [InlineData("    like: other\n  other:\n    like: bundle", "other")]
    public void A_source_that_is_like_itself_is_refused(string like, string source)
    {
        checkout.Replace("releases.yaml", "    like: upstream", like);
        Assert.EndsWith(
            $"releases.yaml is no release catalogue: the source '{source}' is like itself",
            Assert.Throws<StageException>(() => ReleaseCatalogue.Load(checkout.Paths)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Upstream_gives_the_newest_known_release_and_a_bundle_names_its_images_alike()
    {
        var catalogue = ReleaseCatalogue.Load(checkout.Paths);
        Assert.Equal(catalogue.Releases[^1], catalogue.DefaultVersion(KubernetesSource.Upstream));
        Assert.Equal(Scenarios.Upstream.Version, catalogue.DefaultVersion(KubernetesSource.Upstream));
        Assert.Equal(
            catalogue.Images(Scenarios.Upstream), catalogue.Images(Scenarios.Upstream with { Source = KubernetesSource.Bundle }));
    }

    [Fact]
    public void The_supported_range_is_without_gaps_and_has_a_patch_release_of_each_minor_release()
    {
        var catalogue = ReleaseCatalogue.Load(checkout.Paths);
        Assert.Equal(("v1.20", "v1.37"), (catalogue.Oldest, catalogue.Newest));
        Assert.Equal(Enumerable.Range(20, 18).Select(minor => $"v1.{minor}."), catalogue.Releases.Select(release => release[..6]));
    }

    [Theory]
    [InlineData("v1.20.0")]
    [InlineData("v1.37.99")]
    public void A_release_of_the_supported_range_has_no_problem(string version) =>
        Assert.Null(ReleaseCatalogue.Load(checkout.Paths).ProblemOf("kubernetes.version", version));

    [Theory]
    [InlineData("v1.19.16")]
    [InlineData("v1.38.0")]
    [InlineData("v2.0.0")]
    [InlineData("v1.30")]
    [InlineData("1.30.1")]
    [InlineData("v 1.30.1")]
    [InlineData("v+1.30.1")]
    [InlineData("v1.030.1")]
    [InlineData("v1.30.1\n")]
    [InlineData("v1.30.99999999999")]
    [InlineData("newest")]
    public void A_version_outside_the_supported_range_is_a_problem_that_names_the_range(string version) =>
        Assert.Equal("must be a release from v1.20 to v1.37, as in v1.37.1", ReleaseCatalogue.Load(checkout.Paths).ProblemOf("kubernetes.version", version)?.Rule);

    [Fact]
    public void Every_image_of_upstream_has_an_exact_version_for_every_release()
    {
        var catalogue = ReleaseCatalogue.Load(checkout.Paths);
        foreach (var release in catalogue.Releases.Select(version => new KubernetesRelease(version, KubernetesSource.Upstream)))
        {
            Assert.Equal(catalogue.Components(KubernetesSource.Upstream), catalogue.Images(release).Keys);
            Assert.All(catalogue.Images(release).Values, image => Assert.Matches("^[a-z0-9.]+/[a-z0-9./-]+:v?[0-9]+(\\.[0-9]+)+(-[a-z0-9]+)?$", image));
        }
    }

    [Theory]
    [InlineData("v1.20.15", "registry.k8s.io/coredns:1.7.0", "v0.5.2", "v2.11.53")]
    [InlineData("v1.26.0", "registry.k8s.io/coredns/coredns:v1.9.3", "v0.6.4", "v3.7.9")]
    [InlineData("v1.37.1", "registry.k8s.io/coredns/coredns:v1.14.6", "v0.9.0", "v3.7.9")]
    public void Versions_of_add_ons_follow_the_release(string version, string coredns, string metricsServer, string traefik)
    {
        var images = ReleaseCatalogue.Load(checkout.Paths).Images(new KubernetesRelease(version, KubernetesSource.Upstream));
        Assert.Equal(coredns, images["coredns"]);
        Assert.EndsWith($":{metricsServer}", images["metrics-server"], StringComparison.Ordinal);
        Assert.EndsWith($":{traefik}", images["traefik"], StringComparison.Ordinal);
    }

    [Fact]
    public void Debian_lacks_images_of_all_add_ons_but_the_default_backend_and_pod_checkpointer()
    {
        var catalogue = ReleaseCatalogue.Load(checkout.Paths);
        var leftOut = KnownAddons.All.Select(addon => catalogue.LeftOut(Scenarios.Debian, addon, DashboardKind.Headlamp)).OfType<LeftOutAddon>().ToList();
        Assert.Equal(["ingress-controller", "kube-dashboard", "kube-dns", "kube-flannel", "metrics-server"], leftOut.Select(addon => addon.Name));
        Assert.Equal(["headlamp", "traefik"], leftOut[1].MissingImages);
        Assert.Equal([KubernetesSource.Upstream, KubernetesSource.Bundle], leftOut[1].Sources);
        Assert.Equal(
            "Left out, for v1.20.2 from debian has no images of them: kube-dns, metrics-server."
            + " To have kube-dns, metrics-server, set kubernetes.source to upstream or bundle.",
            LeftOutAddon.Words(Scenarios.Debian, [leftOut[2], leftOut[4]]));
    }

    [Theory]
    [InlineData(KubernetesSource.Debian)]
    [InlineData(KubernetesSource.Upstream)]
    [InlineData(KubernetesSource.Bundle)]
    public void The_image_of_pod_checkpointer_is_made_by_the_build_whatever_the_source(KubernetesSource source)
    {
        var release = Scenarios.Debian with { Source = source, Images = source == KubernetesSource.Bundle ? new Dictionary<string, string>() : null };
        Assert.Equal("kubepivot.local/pod-checkpointer:0123456789abcdef", Scenarios.Catalogue.Image(release, "pod-checkpointer"));
        Assert.True(Scenarios.Catalogue.IsOwn(release, "pod-checkpointer"));
        Assert.DoesNotContain("pod-checkpointer", Scenarios.Catalogue.ImagesOf(release, Scenarios.ThreeAndOne().Spec).Keys);

        var other = release with { Overrides = new Dictionary<string, string> { ["pod-checkpointer"] = "registry.example/checkpointer:1" } };
        Assert.Equal("registry.example/checkpointer:1", Scenarios.Catalogue.Image(other, "pod-checkpointer"));
        Assert.False(Scenarios.Catalogue.IsOwn(other, "pod-checkpointer"));
    }

    [Theory]
    [InlineData("v1.24.17", "policy/v1beta1", "PodDisruptionBudget", null)]
    [InlineData("v1.25.0", "policy/v1beta1", "PodDisruptionBudget", "v1.24 was the last that did")]
    [InlineData("v1.20.2", "policy/v1", "PodDisruptionBudget", "it comes with v1.21")]
    [InlineData("v1.20.2", "policy/v1", "Eviction", null)]
    [InlineData("v1.25.0", "storage.k8s.io/v1beta1", "CSIStorageCapacity", null)]
    [InlineData("v1.25.0", "storage.k8s.io/v1beta1", "StorageClass", "v1.21 was the last that did")]
    [InlineData("v1.37.1", "apps/v1", "Deployment", null)]
    public void API_versions_come_and_go_with_releases(string version, string api, string kind, string? words)
    {
        var reason = ReleaseCatalogue.Load(checkout.Paths).Apis.WhyNot(version, api, kind);
        Assert.Equal(words == null, reason == null);
        Assert.EndsWith(words ?? "", reason ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1.20.2", "policy/v1beta1", true, "node-role.kubernetes.io/master")]
    [InlineData("v1.21.0", "policy/v1", true, "node-role.kubernetes.io/master")]
    [InlineData("v1.24.0", "policy/v1", false, "node-role.kubernetes.io/control-plane")]
    [InlineData("v1.34.1", "policy/v1", false, "node-role.kubernetes.io/control-plane")]
    public void Switches_follow_the_release(string version, string policy, bool insecurePorts, string taint)
    {
        var switches = ReleaseCatalogue.Load(checkout.Paths).Switches(new KubernetesRelease(version, KubernetesSource.Debian));
        Assert.Equal(policy, switches["policy_api"]);
        Assert.Equal(insecurePorts, switches["insecure_ports"]);
        Assert.Equal(taint, switches["master_taint"]);
    }

    [Theory]
    [InlineData("v1.20.2", "bookworm")]
    [InlineData("v1.28.15", "bookworm")]
    [InlineData("v1.29.0", "trixie")]
    [InlineData("v1.37.1", "trixie")]
    public void Machines_are_made_of_the_Debian_release_whose_containerd_the_release_can_work_with(string version, string debian) =>
        Assert.Equal(debian, ReleaseCatalogue.Load(checkout.Paths).MachinesDebian(version));

    [Theory]
    [InlineData("v1.99999999999")]
    [InlineData("v1")]
    [InlineData("v1.-20")]
    public void A_release_that_is_none_is_refused_in_words(string release)
    {
        var file = Path.Combine(Scenarios.Checkout.Templates, "releases.yaml");
        checkout.Write("releases.yaml", File.ReadAllText(file).Replace("{ since: v1.20, value: bookworm }", $"{{ since: {release}, value: bookworm }}", StringComparison.Ordinal));

        Assert.EndsWith(
            $"is no release catalogue: '{release}' is no release such as v1.20",
            Assert.Throws<StageException>(() => ReleaseCatalogue.Load(checkout.Paths)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_whose_address_is_none_is_refused_when_it_is_asked_for()
    {
        var file = Path.Combine(Scenarios.Checkout.Templates, "releases.yaml");
        checkout.Write("releases.yaml", File.ReadAllText(file).Replace("https://dl.k8s.io/", "dl.k8s.io/", StringComparison.Ordinal));

        Assert.Matches(
            "^templates/releases.yaml: the program [a-z]+ is to be had at 'dl.k8s.io/.*', which is no address.$",
            Assert.Throws<StageException>(() => ReleaseCatalogue.Load(checkout.Paths).Downloads("v1.30.0", "amd64")).Message);
    }

    [Fact]
    public void A_catalogue_that_names_no_Debian_for_the_oldest_release_is_refused_when_it_is_asked()
    {
        var file = Path.Combine(Scenarios.Checkout.Templates, "releases.yaml");
        checkout.Write("releases.yaml", File.ReadAllText(file).Replace("{ since: v1.20, value: bookworm }", "{ since: v1.28, value: bookworm }", StringComparison.Ordinal));

        Assert.Contains(
            "must say which Debian machines are made of for v1.20 and newer",
            Assert.Throws<StageException>(() => ReleaseCatalogue.Load(checkout.Paths).MachinesDebian("v1.20.2")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_cluster_pulls_the_control_plane_and_what_its_addons_run()
    {
        var spec = Scenarios.ThreeAndOne().Spec with { Addons = ["kube-dns", "kube-dashboard"], Dashboard = DashboardKind.KubernetesDashboard };

        Assert.Equal(
            ["coredns", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubernetes-dashboard", "pause"],
            Scenarios.Catalogue.ImagesOf(Scenarios.Upstream, spec).Keys);
    }

    [Fact]
    public void A_release_older_than_all_switches_is_refused() =>
        Assert.Contains(
            "Kubernetes v1.19.7 is older than 1.20",
            Assert.Throws<StageException>(() => ReleaseCatalogue.Load(checkout.Paths).Switches(new("v1.19.7", KubernetesSource.Debian))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("sources: [", ":")]
    [InlineData("sources: {}\n", "is no release catalogue")]
    [InlineData("just text\n", "is no release catalogue")]
    public void A_catalogue_of_another_shape_is_refused(string text, string words)
    {
        checkout.Write("releases.yaml", text);
        var message = Assert.Throws<StageException>(() => ReleaseCatalogue.Load(checkout.Paths)).Message;
        Assert.Contains("releases.yaml", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }
}
