using KubePivot.Assets;
using KubePivot.Kubernetes;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Kubernetes;

public sealed class KubeconfigFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-kubeconfig-").FullName;

    [Fact]
    public void The_kubeconfig_that_the_build_renders_is_read()
    {
        using var authority = System.Security.Cryptography.ECDsa.Create();
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=kube-ca", authority, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var pki = Scenarios.FakePki with { Bundle = _ => certificate.ExportCertificatePem(), Certificate = name => $"certificate of {name}" };
        var rendered = RenderedCluster.Render(Scenarios.Checkout, Scenarios.Catalogue, Scenarios.ThreeAndOne(), Scenarios.Debian, pki);

        var configuration = KubeconfigFile.Read(Write(rendered.Kubeconfig.Content));

        Assert.Equal(Scenarios.ThreeAndOne().ControlPlaneEndpoint, configuration.Host);
        Assert.Equal("CN=kube-ca", Assert.Single(configuration.SslCaCerts).Subject);
        Assert.Equal("certificate of admin", Decoded(configuration.ClientCertificateData));
        Assert.Equal("not a key: admin\n", Decoded(configuration.ClientCertificateKeyData));
    }

    [Theory]
    [InlineData("")]
    [InlineData("just words c2VjcmV0")]
    [InlineData("users: [{ name: x, user: { client-key-data: [c2VjcmV0 }]")]
    [InlineData("{ current-context: a, contexts: [], clusters: [], users: [{ name: c2VjcmV0 }] }")]
    [InlineData("{ current-context: a, contexts: [{ name: a, context: { cluster: a, user: a } }], clusters: [{ name: a, cluster: { server: x, certificate-authority-data: c2VjcmV0 } }], users: [{ name: a, user: {} }] }")]
    [InlineData("{ current-context: a, contexts: [{ name: a, context: { cluster: a, user: a } }], clusters: [{ name: a, cluster: { server: x, certificate-authority-data: '%c2VjcmV0' } }], users: [{ name: a, user: {} }] }")]
    public void What_is_no_kubeconfig_is_named_without_its_content(string text)
    {
        var failure = Assert.Throws<StageException>(() => KubeconfigFile.Read(Write(text)));

        Assert.Contains("is no kubeconfig that can be used", failure.Message);
        Assert.DoesNotContain("c2VjcmV0", failure.ToString());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Decoded(string data) => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data));

    private string Write(string text)
    {
        var file = Path.Combine(folder, "kubeconfig");
        File.WriteAllText(file, text);
        return file;
    }
}
