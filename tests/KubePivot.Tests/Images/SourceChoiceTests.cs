using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Images;

public sealed class SourceChoiceTests : IDisposable
{
    private static readonly ReleaseCatalogue Catalogue = ReleaseCatalogue.Load(Scenarios.Checkout);

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

        Assert.Contains("kubernetes.version 'v1.31.0': source debian supplies v1.20.2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Upstream_is_refused_by_name_until_it_can_be_fetched()
    {
        var refused = Assert.Throws<InvalidInputException>(() => Choose(KubernetesSource.Upstream));

        Assert.Contains("choose debian, bundle or auto", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KubernetesSource.Auto)]
    [InlineData(KubernetesSource.Bundle)]
    public void A_bundle_gives_its_own_version_and_its_own_images_whatever_names_they_have(KubernetesSource requested)
    {
        WriteBundle(["kubepivot.local/kube-apiserver:v1.20.2", "kubepivot.local/kube-controller-manager:v1.20.2", "kubepivot.local/kube-proxy:v1.20.2", "kubepivot.local/kube-scheduler:v1.20.2", "kubepivot.local/pause:3.2", "registry.k8s.io/coredns:1.7.1"]);

        var release = Choose(requested).Release;

        Assert.Equal("v1.20.2 from bundle", release.ToString());
        Assert.Equal("kubepivot.local/kube-apiserver:v1.20.2", Catalogue.Image(release, "kube-apiserver"));
        Assert.Equal("registry.k8s.io/coredns:1.7.1", Catalogue.Image(release, "coredns"));
        Assert.False(Catalogue.HasImage(release, "flannel"));
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

    private void WriteBundle(IEnumerable<string> images)
    {
        TestImages.WriteProgram(Path.Combine(folder, "bin/kubelet"));
        TestImages.WriteProgram(Path.Combine(folder, "bin/kubectl"));
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        foreach (var (image, index) in images.Select((image, index) => (image, index)))
        {
            TestImages.Write(Path.Combine(folder, "images", $"{index}.tar"), image);
        }

        Bundle.Seal(folder, "v1.20.2", "amd64");
    }

    private SourceChoice Choose(KubernetesSource source, string? version = null) =>
        SourceChoice.Of(ClusterDefaults.Spec.Kubernetes with { Source = source, Version = version }, folder, Catalogue);
}
