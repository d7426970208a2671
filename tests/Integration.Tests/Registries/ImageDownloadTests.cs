using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;
using KubePivot.Integration.Tests.Bootkube;
using KubePivot.Integration.Tests.Kubernetes;
using KubePivot.Stages;

namespace KubePivot.Integration.Tests.Registries;

/// <summary>What goes into a bundle of source upstream, from a real registry with TLS and a password.</summary>
public sealed class ImageDownloadTests(DockerRegistry registry) : IClassFixture<DockerRegistry>, IDisposable
{
    private const string Image = $"registry.k8s.io/{DockerRegistry.Image}";

    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-").FullName;
    private readonly RecordedLines reporter = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task An_image_comes_through_the_mirror_once_and_has_the_name_that_it_was_asked_for_by()
    {
        var first = Assert.Single(await FetchAsync(registry.Password));
        var second = Assert.Single(await FetchAsync(registry.Password));

        var image = Assert.Single(ImageArchive.Read(first));
        Assert.Equal((Image, KubernetesArtifacts.Architecture), (Assert.Single(image.References), image.Architecture));
        Assert.Equal(first, second);
        Assert.Single(reporter.All, line => line.StartsWith("Downloading image", StringComparison.Ordinal));
        Assert.DoesNotContain(registry.Password, reporter.Text);
        Assert.Equal([first], Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public async Task A_wrong_password_is_told_with_the_image_and_leaves_no_archive()
    {
        var refused = await Assert.ThrowsAsync<StageException>(() => FetchAsync("wrong"));

        Assert.Contains($"The image {Image} could not be downloaded", refused.Message);
        Assert.Contains("unauthorized", refused.Message);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task An_image_without_a_tag_is_refused_before_anything_is_asked()
    {
        var untagged = new Dictionary<string, string> { ["coredns"] = $"registry.k8s.io/coredns@sha256:{new string('a', 64)}" };

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => Download("").FetchAsync(untagged));

        Assert.Contains("kubernetes.images.coredns", refused.Message);
    }

    private Task<IReadOnlyList<string>> FetchAsync(string password)
    {
        Assert.SkipWhen(DockerRegistry.Unavailable != null, DockerRegistry.Unavailable ?? "");
        return Download(password).FetchAsync(new Dictionary<string, string> { ["pause"] = Image });
    }

    private ImageDownload Download(string password)
    {
        var spec = ClusterDefaults.Spec with
        {
            Registries = new RegistriesSpec
            {
                Mirrors = new Dictionary<string, IReadOnlyList<string>> { ["*"] = [$"https://{registry.Host}"] },
                MirrorsOnly = true,
                Credentials = new Dictionary<string, RegistryAccount> { [registry.Host] = new(DockerRegistry.Username, "password") },
            },
        };
        var context = new StageContext
        {
            Cluster = new Cluster(spec, "/clusters/cluster.yaml", MachineProvider.Lxc),
            Paths = new ClusterPaths(NodeProgram.Checkout),
            Reporter = reporter,
            CancellationToken = TestContext.Current.CancellationToken,
        };
        var files = new RegistryFiles(new Dictionary<string, string> { [registry.Host] = password }, new Dictionary<string, string> { [registry.Host] = registry.Pki.CaPem });
        return new ImageDownload(context, files, folder);
    }
}
