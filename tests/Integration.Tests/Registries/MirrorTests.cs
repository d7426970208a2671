using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Kubernetes;

namespace KubePivot.Integration.Tests.Registries;

/// <summary>What cluster.yaml says of registries, in the hands of a real containerd, against a real registry with TLS and a password.</summary>
public sealed class MirrorTests(DockerRegistry registry) : IClassFixture<DockerRegistry>
{
    private const string Image = $"registry.k8s.io/{DockerRegistry.Image}";

    /// <summary>Nobody listens there.</summary>
    private readonly string down = $"127.0.0.1:{ServerProcess.FreePort()}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_comes_through_its_mirror_with_the_account_and_the_authority_that_cluster_yaml_names()
    {
        await using var containerd = await StartAsync(Mirrors(("registry.k8s.io", [registry.Host])));

        Assert.Null(await containerd.PullAsync(Image, Stop));
        Assert.DoesNotContain(registry.Password, containerd.Log);
        Assert.DoesNotContain(Login(registry.Password), containerd.Log);
    }

    [Fact]
    public async Task The_star_serves_every_registry_and_the_mirror_serves_images_of_its_own_name()
    {
        await using var containerd = await StartAsync(Mirrors(("*", [registry.Host])));

        Assert.Null(await containerd.PullAsync($"anywhere.example/{DockerRegistry.Image}", Stop));
        Assert.Null(await containerd.PullAsync($"{registry.Host}/{DockerRegistry.Image}", Stop));
    }

    [Fact]
    public async Task A_mirror_that_is_down_is_passed_over_for_the_next()
    {
        await using var containerd = await StartAsync(Mirrors(("registry.k8s.io", [down, registry.Host])));

        Assert.Null(await containerd.PullAsync(Image, Stop));
        var said = await containerd.LogLineAsync("the next host", line => line.Contains("trying next host", StringComparison.Ordinal), Stop);
        Assert.Contains($"host=\"{down}\"", said);
        Assert.Equal((ImagePullCause.Unreachable, "connection refused"), ImagePullFailure.CauseOf(said));
    }

    [Fact]
    public async Task When_no_mirror_answers_the_first_is_named()
    {
        await using var containerd = await StartAsync(Mirrors(("registry.k8s.io", [down])));

        Assert.Equal(new ImagePullFailure(Image, down, ImagePullCause.Unreachable, "connection refused"), await FailureAsync(containerd, Image));
    }

    [Fact]
    public async Task A_wrong_password_is_told_with_the_mirror_that_refused_it()
    {
        await using var containerd = await StartAsync(Mirrors(("registry.k8s.io", [registry.Host])), password: "wrong");

        Assert.Equal(new ImagePullFailure(Image, registry.Host, ImagePullCause.Refused, "401 Unauthorized"), await FailureAsync(containerd, Image));
    }

    [Fact]
    public async Task An_authority_that_did_not_sign_the_mirror_s_certificate_is_told()
    {
        using var other = new TestPki();
        await using var containerd = await StartAsync(Mirrors(("registry.k8s.io", [registry.Host])), authority: other.CaPem);

        Assert.Equal(new ImagePullFailure(Image, registry.Host, ImagePullCause.Untrusted, "x509: certificate signed by unknown authority"), await FailureAsync(containerd, Image));
    }

    [Fact]
    public async Task An_image_that_the_mirror_lacks_is_told()
    {
        const string Other = "registry.k8s.io/kube-apiserver:v9.9.9";
        await using var containerd = await StartAsync(Mirrors(("registry.k8s.io", [registry.Host])));

        Assert.Equal(new ImagePullFailure(Other, null, ImagePullCause.Missing, "not found"), await FailureAsync(containerd, Other));
    }

    [Fact]
    public async Task The_image_of_sandboxes_goes_the_same_way_and_fails_with_the_same_words()
    {
        await using var containerd = await StartAsync(Mirrors(("registry.k8s.io", [registry.Host])), password: "wrong");

        var failure = ImagePullFailure.Find(await containerd.RunSandboxAsync(Stop) ?? "");

        Assert.Equal(new ImagePullFailure("registry.k8s.io/pause:9.9", registry.Host, ImagePullCause.Refused, "401 Unauthorized"), failure);
        await containerd.LogLineAsync("the same words", line => line.Contains("level=error", StringComparison.Ordinal) && ImagePullFailure.Find(line) == failure, Stop);
    }

    private static string Login(string password) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{DockerRegistry.Username}:{password}"));

    private static async Task<ImagePullFailure?> FailureAsync(Containerd containerd, string image)
    {
        var words = await containerd.PullAsync(image, Stop);
        Assert.NotNull(words);
        return ImagePullFailure.Find(words);
    }

    /// <summary>Only the mirrors are asked: no test reaches out of this machine.</summary>
    private static RegistriesSpec Mirrors(params (string Registry, string[] Hosts)[] mirrors) => new()
    {
        Mirrors = mirrors.ToDictionary(mirror => mirror.Registry, mirror => (IReadOnlyList<string>)[.. mirror.Hosts.Select(host => $"https://{host}")]),
        MirrorsOnly = true,
    };

    private Task<Containerd> StartAsync(RegistriesSpec registries, string? password = null, string? authority = null)
    {
        Assert.SkipWhen((DockerRegistry.Unavailable ?? Containerd.Unavailable) != null, DockerRegistry.Unavailable ?? Containerd.Unavailable ?? "");
        return Containerd.StartAsync(
            registries with
            {
                Credentials = new Dictionary<string, RegistryAccount> { [registry.Host] = new(DockerRegistry.Username, "unread") },
                Authorities = new Dictionary<string, string> { [registry.Host] = "unread" },
            },
            new RegistryFiles(
                new Dictionary<string, string> { [registry.Host] = password ?? registry.Password },
                new Dictionary<string, string> { [registry.Host] = (authority ?? registry.Pki.CaPem) + "\n" }),
            Stop);
    }
}
