using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class BundleTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-").FullName;

    public BundleTests()
    {
        TestImages.WriteProgram(At("bin/kubelet"));
        TestImages.WriteProgram(At("bin/kubectl"));
        Directory.CreateDirectory(At("images"));
        TestImages.Write(At("images/kube-apiserver.tar"), "kubepivot.local/kube-apiserver:v1.20.2");
        TestImages.Write(At("images/coredns.tar"), "registry.example/coredns/coredns:v1.8.0");
        Bundle.Seal(folder, "v1.20.2", "amd64");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_sealed_bundle_tells_its_version_and_images()
    {
        var bundle = Bundle.Load(folder, "amd64");

        Assert.Equal("v1.20.2", bundle.Version);
        Assert.Equal(["registry.example/coredns/coredns:v1.8.0", "kubepivot.local/kube-apiserver:v1.20.2"], bundle.Images.Select(image => image.ToString()));
    }

    [Fact]
    public void An_image_is_found_by_its_name_and_another_version_of_it_will_do()
    {
        var bundle = Bundle.Load(folder, "amd64");

        Assert.Equal("kubepivot.local/kube-apiserver:v1.20.2", bundle.Find(["registry.example/kube-apiserver:v1.20.2", "kubepivot.local/kube-apiserver:v1.20.2"]));
        Assert.Equal("registry.example/coredns/coredns:v1.8.0", bundle.Find(["registry.example/coredns/coredns:v1.12.0"]));
        Assert.Null(bundle.Find(["registry.example/flannel:v1"]));
    }

    [Fact]
    public void Everything_that_is_wrong_with_a_bundle_is_said_at_once()
    {
        File.Delete(At("bin/kubectl"));
        File.AppendAllText(At("bundle.yaml"), "# by hand\n");
        TestImages.Write(At("images/extra.tar"), "busybox:1", architecture: "s390x");
        File.WriteAllText(At("images/coredns.tar"), "half");

        var refused = Assert.Throws<InvalidInputException>(() => Bundle.Load(folder, "amd64"));

        Assert.Contains("bin/kubectl: is missing", refused.Message);
        Assert.Contains("bundle.yaml: is not what SHA256SUMS says", refused.Message);
        Assert.Contains("images/coredns.tar: is not what SHA256SUMS says: cut off or altered", refused.Message);
        Assert.Contains("images/coredns.tar: is no whole tar archive", refused.Message);
        Assert.Contains("images/extra.tar: is not in SHA256SUMS", refused.Message);
        Assert.Contains("images/extra.tar 'linux/s390x': the nodes are linux/amd64", refused.Message);
        Assert.Contains("images/extra.tar 'busybox:1': must be a full image name with registry and tag", refused.Message);
    }

    [Fact]
    public void A_bundle_for_another_processor_is_refused()
    {
        TestImages.WriteProgram(At("bin/kubelet"), machine: 183);
        Bundle.Seal(folder, "v1.20.2", "arm64");

        var refused = Assert.Throws<InvalidInputException>(() => Bundle.Load(folder, "amd64"));

        Assert.Contains("bundle.yaml: architecture 'arm64': the nodes are amd64", refused.Message);
        Assert.Contains("bin/kubelet 'arm64': must be a Linux program for amd64", refused.Message);
    }

    [Theory]
    [InlineData("version: 1.20\narchitecture: amd64\n", "bundle.yaml: version '1.20': must be a release of Kubernetes")]
    [InlineData("version: v1.20.2\n", "bundle.yaml: architecture: is missing")]
    [InlineData("version: [\n", "is no YAML")]
    public void A_description_that_says_nothing_of_use_is_refused(string text, string problem)
    {
        File.WriteAllText(At("bundle.yaml"), text);

        Assert.Contains(problem, Assert.Throws<InvalidInputException>(() => Bundle.Load(folder, "amd64")).Message);
    }

    [Fact]
    public void A_folder_that_is_no_bundle_says_how_to_make_one()
    {
        File.Delete(At("bundle.yaml"));

        Assert.Contains("--bundle-to", Assert.Throws<InvalidInputException>(() => Bundle.Load(folder, "amd64")).Message);
        Assert.Contains("--bundle-to", Assert.Throws<InvalidInputException>(() => Bundle.Load(At("nowhere"), "amd64")).Message);
    }

    private string At(string path) => Path.Combine(folder, path);
}
