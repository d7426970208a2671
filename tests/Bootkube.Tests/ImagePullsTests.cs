using Bootkube.Pivot;

namespace Bootkube.Tests;

/// <summary>Fed with lines that containerd 1.6.20 logged.</summary>
public class ImagePullsTests
{
    private const string Refused = """time="2026-11-28T17:04:50Z" level=error msg="PullImage \"registry.k8s.io/kube-apiserver:v1.37.1\" failed" error="failed to pull and unpack image \"registry.k8s.io/kube-apiserver:v1.37.1\": failed to resolve reference \"registry.k8s.io/kube-apiserver:v1.37.1\": pulling from host mirror.example:5000 failed with status code [manifests v1.37.1]: 401 Unauthorized" """;
    private const string Away = """time="2026-11-28T17:04:47Z" level=error msg="PullImage \"registry.k8s.io/kube-apiserver:v1.37.1\" failed" error="failed to pull and unpack image \"registry.k8s.io/kube-apiserver:v1.37.1\": failed to resolve reference \"registry.k8s.io/kube-apiserver:v1.37.1\": failed to do request: Head \"https://mirror.example:5000/v2/kube-apiserver/manifests/v1.37.1?ns=registry.k8s.io\": dial tcp 10.0.0.5:5000: connect: connection refused" """;
    private const string NextAfterAway = """time="2026-11-28T17:04:47Z" level=info msg="trying next host" error="failed to do request: Head \"https://mirror.example:5000/v2/kube-apiserver/manifests/v1.37.1?ns=registry.k8s.io\": dial tcp 10.0.0.5:5000: connect: connection refused" host="mirror.example:5000" """;
    private const string NextAfterMissing = """time="2026-11-28T17:04:46Z" level=info msg="trying next host - response was http.StatusNotFound" host="cache.example:5000" """;
    private const string Pulled = """time="2026-11-28T17:04:45Z" level=info msg="PullImage \"registry.k8s.io/kube-apiserver:v1.37.1\" returns image reference \"sha256:3c10\"" """;
    private const string NoSandbox = """time="2026-11-28T17:04:45Z" level=error msg="RunPodSandbox for &PodSandboxMetadata{Name:kube-apiserver-master01,} failed, error" error="failed to get sandbox image \"registry.k8s.io/pause:3.2\": failed to pull image \"registry.k8s.io/pause:3.2\": failed to pull and unpack image \"registry.k8s.io/pause:3.2\": failed to resolve reference \"registry.k8s.io/pause:3.2\": registry.k8s.io/pause:3.2: not found" """;
    private const string Sandbox = """time="2026-11-28T17:04:46Z" level=info msg="RunPodSandbox for &PodSandboxMetadata{Name:kube-apiserver-master01,} returns sandbox id \"d2c1\"" """;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ImagePulls pulls = new();

    [Fact]
    public void A_refused_account_is_told_at_once_and_ends_the_wait_after_a_minute()
    {
        At(0, Refused);

        Assert.StartsWith("image registry.k8s.io/kube-apiserver:v1.37.1 cannot be had: mirror.example:5000 refuses the account", pulls.Words(), StringComparison.Ordinal);
        Assert.Null(pulls.Impossible());
        At(59, Refused);
        Assert.Null(pulls.Impossible());
        At(61, Refused);
        Assert.Equal(pulls.Words(), pulls.Impossible());
    }

    [Fact]
    public void A_registry_that_is_away_has_five_minutes()
    {
        At(0, Away);
        At(299, Away);
        Assert.Null(pulls.Impossible());
        At(301, Away);
        Assert.Contains("connection refused", pulls.Impossible(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_came_after_all_is_no_trouble()
    {
        At(0, Refused);
        At(90, Pulled);

        Assert.Empty(pulls.Words());
        Assert.Null(pulls.Impossible());
    }

    [Fact]
    public void A_sandbox_image_is_a_trouble_until_a_sandbox_stands()
    {
        At(0, NoSandbox);
        Assert.Contains("image registry.k8s.io/pause:3.2 cannot be had", pulls.Words(), StringComparison.Ordinal);
        At(1, Sandbox);
        Assert.Empty(pulls.Words());
    }

    [Fact]
    public void A_mirror_that_is_down_is_told_once()
    {
        Assert.Equal("mirror.example:5000 cannot be reached for images (connection refused); the next in order is tried.", pulls.Take(NextAfterAway, Start));
        Assert.Null(pulls.Take(NextAfterAway, Start));
        Assert.Null(pulls.Take(NextAfterMissing, Start));
        Assert.Empty(pulls.Words());
    }

    [Fact]
    public void Every_host_that_was_asked_is_named_though_the_error_names_one()
    {
        At(0, NextAfterAway, NextAfterMissing, Away);

        Assert.EndsWith("mirror.example:5000 cannot be reached (connection refused); what is asked after it, if anything, does not give it either; also asked: cache.example:5000: not found", pulls.Words(), StringComparison.Ordinal);
    }

    private void At(int second, params string[] lines)
    {
        foreach (var line in lines)
        {
            pulls.Take(line, Start.AddSeconds(second));
        }
    }
}
