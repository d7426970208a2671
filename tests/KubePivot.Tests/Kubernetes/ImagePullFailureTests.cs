using KubePivot.Kubernetes;

namespace KubePivot.Tests.Kubernetes;

/// <summary>The words are those that containerd 1.6.20 and the kubelet gave when real registries had refused them; where another release words it otherwise, it is named.</summary>
public class ImagePullFailureTests
{
    private const string Pull = """rpc error: code = Unknown desc = failed to pull and unpack image "registry.k8s.io/pause:3.2": failed to resolve reference "registry.k8s.io/pause:3.2": """;

    [Theory]
    [InlineData("pulling from host 127.0.0.1:5443 failed with status code [manifests 3.2]: 401 Unauthorized", "127.0.0.1:5443", ImagePullCause.Refused, "401 Unauthorized")]
    [InlineData("pulling from host mirror.example failed with status code [manifests 3.2]: 403 Forbidden", "mirror.example", ImagePullCause.Refused, "403 Forbidden")]
    [InlineData("""unexpected status from HEAD request to https://mirror.example:5000/v2/pause/manifests/3.2?ns=registry.k8s.io: 401 Unauthorized""", "mirror.example:5000", ImagePullCause.Refused, "401 Unauthorized")] // 1.7
    [InlineData("failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.docker.io/token?scope=x: 401 Unauthorized", "auth.docker.io", ImagePullCause.Refused, "401 Unauthorized")] // 1.7
    [InlineData("pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials", null, ImagePullCause.Refused, "pull access denied")]
    [InlineData("""failed to do request: Head "https://127.0.0.1:5443/v2/pause/manifests/3.2?ns=registry.k8s.io": x509: certificate signed by unknown authority""", "127.0.0.1:5443", ImagePullCause.Untrusted, "x509: certificate signed by unknown authority")]
    [InlineData("""failed to do request: Head "https://127.0.0.1:5443/v2/pause/manifests/3.2?ns=registry.k8s.io": x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "test-ca")""", "127.0.0.1:5443", ImagePullCause.Untrusted, "x509: certificate signed by unknown authority")]
    [InlineData("""failed to do request: Head "https://127.0.0.1:5443/v2/pause/manifests/3.2": tls: failed to verify certificate: x509: certificate is valid for 10.0.0.1, not 127.0.0.1""", "127.0.0.1:5443", ImagePullCause.Untrusted, "x509: certificate is valid for 10.0.0.1, not 127.0.0.1")] // 1.7
    [InlineData("""failed to do request: Head "https://127.0.0.1:5999/v2/pause/manifests/3.2?ns=registry.k8s.io": dial tcp 127.0.0.1:5999: connect: connection refused""", "127.0.0.1:5999", ImagePullCause.Unreachable, "connection refused")]
    [InlineData("""failed to do request: Head "https://registry.k8s.io/v2/pause/manifests/3.2": dial tcp: lookup registry.k8s.io on 10.0.0.53:53: no such host""", "registry.k8s.io", ImagePullCause.Unreachable, "no such host")]
    [InlineData("""failed to do request: Head "https://registry.k8s.io/v2/pause/manifests/3.2": dial tcp 192.0.2.1:443: i/o timeout""", "registry.k8s.io", ImagePullCause.Unreachable, "i/o timeout")]
    [InlineData("pulling from host mirror.example failed with status code [manifests 3.2]: 503 Service Unavailable", "mirror.example", ImagePullCause.Unreachable, "503 Service Unavailable")]
    [InlineData("registry.k8s.io/pause:3.2: not found", null, ImagePullCause.Missing, "not found")]
    [InlineData("pulling from host localhost:5443 failed with status code [manifests 3.2]: 400 Bad Request", "localhost:5443", ImagePullCause.Unknown, "400 Bad Request")]
    public void Image_host_and_cause_are_found_in_the_words_of_a_failed_pull(string words, string? host, ImagePullCause cause, string detail) =>
        Assert.Equal(new ImagePullFailure("registry.k8s.io/pause:3.2", host, cause, detail), ImagePullFailure.Find($"Failed to pull image \"registry.k8s.io/pause:3.2\": {Pull}{words}"));

    [Fact]
    public void A_sandbox_that_cannot_be_made_is_an_image_that_cannot_be_had()
    {
        var failure = ImagePullFailure.Find(
            $"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image \"registry.k8s.io/pause:3.2\": failed to pull image \"registry.k8s.io/pause:3.2\": {Pull}registry.k8s.io/pause:3.2: not found");

        Assert.Equal("image registry.k8s.io/pause:3.2 cannot be had: neither registry.k8s.io nor a mirror of it has such an image (not found)", failure?.ToString());
    }

    [Fact]
    public void A_line_of_the_log_says_the_same_with_its_quotes_escaped()
    {
        var failure = ImagePullFailure.Find(
            """time="2026-11-28T17:04:50Z" level=error msg="PullImage \"registry.k8s.io/pause:3.2\" failed" error="failed to pull and unpack image \"registry.k8s.io/pause:3.2\": failed to resolve reference \"registry.k8s.io/pause:3.2\": failed to do request: Head \"https://mirror.example:5000/v2/pause/manifests/3.2?ns=registry.k8s.io\": x509: certificate signed by unknown authority" """);

        Assert.Equal(new ImagePullFailure("registry.k8s.io/pause:3.2", "mirror.example:5000", ImagePullCause.Untrusted, "x509: certificate signed by unknown authority"), failure);
    }

    [Theory]
    [InlineData("mirror.example:5000", ImagePullCause.Refused, "mirror.example:5000 refuses the account, or wants one (x): look at registries.credentials in cluster.yaml")]
    [InlineData("mirror.example:5000", ImagePullCause.Untrusted, "the certificate of mirror.example:5000 does not verify (x): name its authority in registries.authorities of cluster.yaml")]
    [InlineData("mirror.example:5000", ImagePullCause.Unreachable, "mirror.example:5000 cannot be reached (x); what is asked after it, if anything, does not give it either")]
    [InlineData(null, ImagePullCause.Refused, "ghcr.io refuses the account, or wants one (x): look at registries.credentials in cluster.yaml")]
    public void It_is_told_with_image_registry_cause_and_what_to_do(string? host, ImagePullCause cause, string words) =>
        Assert.Equal($"image ghcr.io/a/b:1 cannot be had: {words}", new ImagePullFailure("ghcr.io/a/b:1", host, cause, "x").ToString());

    [Theory]
    [InlineData("Back-off pulling image \"registry.k8s.io/pause:3.2\"")]
    [InlineData("containers with unready status: [a]")]
    [InlineData("")]
    public void Other_words_tell_of_no_failure(string words) => Assert.Null(ImagePullFailure.Find(words));

    [Theory]
    [InlineData(ImagePullCause.Unreachable, true)]
    [InlineData(ImagePullCause.Unknown, true)]
    [InlineData(ImagePullCause.Refused, false)]
    [InlineData(ImagePullCause.Untrusted, false)]
    [InlineData(ImagePullCause.Missing, false)]
    public void Only_a_registry_that_is_away_may_come_back_by_itself(ImagePullCause cause, bool mayPass) =>
        Assert.Equal(mayPass, new ImagePullFailure("a.example/b:1", null, cause, "").MayPass);
}
