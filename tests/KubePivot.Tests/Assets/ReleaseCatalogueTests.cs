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
        Assert.False(catalogue.HasImage(Scenarios.Debian, "kube-flannel"));
    }

    [Fact]
    public void An_image_that_a_source_has_not_is_refused_with_those_it_has()
    {
        var refused = Assert.Throws<StageException>(() => ReleaseCatalogue.Load(checkout.Paths).Image(Scenarios.Debian, "kube-flannel"));
        Assert.EndsWith(
            "names no image 'kube-flannel' for v1.20.2 from debian; it has kube-apiserver, kube-controller-manager, kube-proxy, kube-scheduler, pause.",
            refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_without_images_is_refused_with_those_that_have_some() =>
        Assert.EndsWith(
            "has no images for the source 'upstream' yet; kubernetes.source in cluster.yaml can be debian.",
            Assert.Throws<StageException>(() => ReleaseCatalogue.Load(checkout.Paths).DefaultVersion(KubernetesSource.Upstream)).Message,
            StringComparison.Ordinal);

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
