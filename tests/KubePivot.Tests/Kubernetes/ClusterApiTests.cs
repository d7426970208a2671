using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using KubePivot.Files;
using KubePivot.Kubernetes;
using KubePivot.Tests.Pki;

namespace KubePivot.Tests.Kubernetes;

public sealed class ClusterApiTests : IDisposable
{
    private readonly PkiOnDisk pki = new() { Clock = new(DateTimeOffset.UtcNow) };

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public ClusterApiTests()
    {
        pki.Generate();
        listener.Start();
    }

    [Fact]
    public async Task An_API_server_is_known_by_its_certificate() => Assert.Equal("kube-system", await AskAsync("apiserver"));

    [Theory]
    [InlineData("kubelet-server-worker01")]
    [InlineData("metrics-server")]
    public async Task No_other_server_of_the_cluster_passes_for_an_API_server_though_the_same_authority_knows_it(string certificate)
    {
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(certificate));

        Assert.IsType<AuthenticationException>(refusal.InnerException);
    }

    public void Dispose()
    {
        listener.Dispose();
        pki.Dispose();
    }

    private async Task<string> AskAsync(string certificate)
    {
        AtomicFile.WriteSecret(pki.Paths.Kubeconfig, $$"""
            clusters: [{ name: c, cluster: { server: "https://{{listener.LocalEndpoint}}", certificate-authority-data: {{Base64("ca.crt")}} } }]
            users: [{ name: u, user: { client-certificate-data: {{Base64("admin.crt")}}, client-key-data: {{Base64("admin.key")}} } }]
            contexts: [{ name: x, context: { cluster: c, user: u } }]
            current-context: x
            """);
        var serving = ServeOnceAsync(certificate);
        using var api = ClusterApi.Open(pki.Paths);
        var answer = await api.CoreV1.ReadNamespaceAsync("kube-system", cancellationToken: TestContext.Current.CancellationToken);
        await serving;
        return answer.Metadata.Name;
    }

    /// <summary>As much of a server as one request needs.</summary>
    private async Task ServeOnceAsync(string name)
    {
        const string Answer = """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-system"}}""";
        using var certificate = X509Certificate2.CreateFromPemFile(pki.PathOf($"{name}.crt"), pki.PathOf($"{name}.key"));
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, TestContext.Current.CancellationToken);
        await stream.ReadAtLeastAsync(new byte[8192], 16, cancellationToken: TestContext.Current.CancellationToken);
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Answer.Length}\r\nConnection: close\r\n\r\n{Answer}"),
            TestContext.Current.CancellationToken);
    }

    private string Base64(string file) => Convert.ToBase64String(File.ReadAllBytes(pki.PathOf(file)));
}
