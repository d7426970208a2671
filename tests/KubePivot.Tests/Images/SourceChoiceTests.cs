using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Images;

public sealed class SourceChoiceTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(KubernetesSource.Auto)]
    [InlineData(KubernetesSource.Debian)]
    public void Debian_gives_the_release_that_its_source_package_holds(KubernetesSource requested)
    {
        var choice = Choose(requested);

        Assert.Equal("v1.20.2 from debian", choice.Release.ToString());
        Assert.NotEmpty(choice.Reason);
    }

    [Fact]
    public void A_version_that_debian_has_not_is_refused_with_the_one_it_has()
    {
        var refused = Assert.Throws<InvalidInputException>(() => Choose(KubernetesSource.Debian, "v1.31.0"));

        Assert.Contains("kubernetes.version 'v1.31.0': source debian supplies v1.20.2 and no other, for Debian's newer source packages of Kubernetes hold kubectl alone", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Upstream_gives_the_newest_release_of_the_catalogue_unless_another_is_asked_for()
    {
        Assert.Equal(Scenarios.Catalogue.Releases[^1], Choose(KubernetesSource.Upstream).Release.Version);
        Assert.Equal("v1.31.2", Choose(KubernetesSource.Upstream, "v1.31.2").Release.Version);
    }

    [Fact]
    public void A_release_that_the_templates_do_not_know_is_refused_with_the_range()
    {
        var refused = Assert.Throws<InvalidInputException>(() => Choose(KubernetesSource.Upstream, "v1.99.0"));

        Assert.Contains($"kubernetes.version 'v1.99.0': must be a release from {Scenarios.Catalogue.Oldest} to {Scenarios.Catalogue.Newest}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_is_upstream_if_its_registry_answers_and_says_so()
    {
        var choice = Choose(KubernetesSource.Auto, answers: true);

        Assert.Equal(KubernetesSource.Upstream, choice.Release.Source);
        Assert.EndsWith("and registry.k8s.io answers", choice.Reason, StringComparison.Ordinal);
        Assert.True(choice.IsAutomatic);
    }

    [Fact]
    public void Auto_is_debian_if_the_registry_does_not_answer_and_says_so()
    {
        var choice = Choose(KubernetesSource.Auto);

        Assert.Equal("v1.20.2 from debian", choice.Release.ToString());
        Assert.EndsWith("and registry.k8s.io does not answer within 3 s", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_auto_came_to_holds_for_the_cluster_whatever_the_network_does_and_nobody_is_asked()
    {
        var remembered = new RememberedSource("upstream", "v1.31.2", "registry.k8s.io answers", DateTimeOffset.UnixEpoch);

        var choice = SourceChoice.Of(ClusterDefaults.Spec.Kubernetes, folder, Scenarios.Catalogue, remembered, () => throw new InvalidOperationException("asked"));

        Assert.Equal("v1.31.2 from upstream", choice.Release.ToString());
        Assert.Contains("as chosen for this cluster at 1970-01-01 00:00Z: registry.k8s.io answers", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_version_in_cluster_yaml_is_a_new_choice()
    {
        var remembered = new RememberedSource("debian", "v1.20.2", "", DateTimeOffset.UnixEpoch);

        Assert.Equal("v1.31.2 from upstream", Choose(KubernetesSource.Auto, "v1.31.2", answers: true, remembered).Release.ToString());
    }

    [Fact]
    public void A_choice_is_remembered_until_the_cluster_is_destroyed_and_rubbish_is_no_choice()
    {
        var paths = new ClusterPaths(folder);
        RememberedSource.Save(paths, Choose(KubernetesSource.Debian), DateTimeOffset.UnixEpoch);
        Assert.Null(RememberedSource.Load(paths));

        RememberedSource.Save(paths, Choose(KubernetesSource.Auto, answers: true), DateTimeOffset.UnixEpoch);
        Assert.Equal(("upstream", Scenarios.Catalogue.Releases[^1]), (RememberedSource.Load(paths)?.Source, RememberedSource.Load(paths)?.Version));

        foreach (var rubbish in (string[])["", "null", "{}", "[1]", """{"source":"elsewhere","version":"v1.20.2"}""", """{"source":"bundle","version":"v1.20.2"}"""])
        {
            File.WriteAllText(paths.KubernetesSource, rubbish);
            Assert.Null(RememberedSource.Load(paths));
        }
    }

    [Theory]
    [InlineData(KubernetesSource.Auto)]
    [InlineData(KubernetesSource.Bundle)]
    public void A_bundle_gives_its_own_version_and_its_own_images_whatever_names_they_have(KubernetesSource requested)
    {
        WriteBundle(["kubepivot.local/kube-apiserver:v1.20.2", "kubepivot.local/kube-controller-manager:v1.20.2", "kubepivot.local/kube-proxy:v1.20.2", "kubepivot.local/kube-scheduler:v1.20.2", "kubepivot.local/pause:3.2", "registry.k8s.io/coredns:1.7.1"]);

        var release = Choose(requested).Release;

        Assert.Equal("v1.20.2 from bundle", release.ToString());
        Assert.Equal("kubepivot.local/kube-apiserver:v1.20.2", Scenarios.Catalogue.Image(release, "kube-apiserver"));
        Assert.Equal("registry.k8s.io/coredns:1.7.1", Scenarios.Catalogue.Image(release, "coredns"));
        Assert.False(Scenarios.Catalogue.HasImage(release, "flannel"));
    }

    [Theory]
    [InlineData("v1.20.2", "bookworm")]
    [InlineData("v1.36.2", "trixie")]
    public void A_bundle_runs_on_machines_of_the_Debian_release_that_its_version_needs(string version, string debian)
    {
        WriteBundle([.. new[] { "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler" }.Select(component => $"registry.k8s.io/{component}:{version}"), "registry.k8s.io/pause:3.10"], version);

        Assert.Equal(debian, Choose(KubernetesSource.Bundle).Release.MachinesDebian);
    }

    [Fact]
    public void A_bundle_without_an_image_that_is_needed_is_refused_with_the_names_it_may_have()
    {
        WriteBundle(["registry.k8s.io/pause:3.2"]);

        var refused = Assert.Throws<InvalidInputException>(() => Choose(KubernetesSource.Bundle, "v1.21.0"));

        Assert.Contains("holds no image of kube-apiserver; it may be called registry.k8s.io/kube-apiserver:v1.20.2 or kubepivot.local/kube-apiserver:v1.20.2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("kubernetes.version 'v1.21.0': the bundle supplies v1.20.2", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("image of pause", refused.Message, StringComparison.Ordinal);
    }

    private void WriteBundle(IEnumerable<string> images, string version = "v1.20.2")
    {
        TestImages.WriteProgram(Path.Combine(folder, "bin/kubelet"));
        TestImages.WriteProgram(Path.Combine(folder, "bin/kubectl"));
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        foreach (var (image, index) in images.Select((image, index) => (image, index)))
        {
            TestImages.Write(Path.Combine(folder, "images", $"{index}.tar"), image);
        }

        Bundle.Seal(folder, version, "amd64");
    }

    private SourceChoice Choose(KubernetesSource source, string? version = null, bool answers = false, RememberedSource? remembered = null) =>
        SourceChoice.Of(ClusterDefaults.Spec.Kubernetes with { Source = source, Version = version }, folder, Scenarios.Catalogue, remembered, () => answers ? new Uri("https://registry.k8s.io/v2/") : null);
}
