using System.Net;
using System.Security.Cryptography.X509Certificates;
using k8s;
using k8s.Autorest;
using k8s.Models;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Pki;

/// <summary>A real etcd and a real kube-apiserver take the certificates and keys for what they are meant for.</summary>
public sealed class RealServersTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(KeyAlgorithm.EcdsaP256)]
    [InlineData(KeyAlgorithm.Rsa2048)]
    public async Task Etcd_and_api_server_run_with_the_pki_and_know_their_clients(KeyAlgorithm algorithm)
    {
        Assert.SkipWhen(KubeApiServer.Unavailable != null, KubeApiServer.Unavailable ?? "");
        using var pki = new GeneratedPki(ClusterDefaults.Spec with { Pki = ClusterDefaults.Spec.Pki with { KeyAlgorithm = algorithm } });
        var data = Directory.CreateTempSubdirectory("kubepivot-etcd-").FullName;
        var (client, peer, port) = ($"https://127.0.0.1:{ServerProcess.FreePort()}", $"https://127.0.0.1:{ServerProcess.FreePort()}", ServerProcess.FreePort());
        var address = $"https://localhost:{port}";
        try
        {
            await using var etcd = new ServerProcess(LocalCommand.Find("etcd")!, EtcdArguments(pki, data, client, peer));
            await etcd.ReadyAsync("etcd", token => WhatIsMissingAsync(pki, "etcd-ca", "etcd-client", $"{client}/health", token), Stop);
            Assert.NotNull(await WhatIsMissingAsync(pki, "etcd-ca", "admin", $"{client}/health", Stop));

            await using var api = new ServerProcess(KubeApiServer.Binary("kube-apiserver"), ApiServerArguments(pki, client, port));
            using var http = Http(pki, "ca", "admin");
            await api.ReadyAsync("kube-apiserver", token => TestHttp.WhatApiServerLacksAsync(http, address, token), Stop);

            using var admin = Client(pki, address, "admin");
            await AssertTokensAsync(pki, address, admin);
            await AssertNodeIsKnownAsync(pki, address);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>A token signed with the service-account key names its account; one that was tampered with is nobody's.</summary>
    private static async Task AssertTokensAsync(GeneratedPki pki, string address, k8s.Kubernetes admin)
    {
        await admin.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = "reader" } }, "default", cancellationToken: Stop);
        var request = new Authenticationv1TokenRequest { Spec = new V1TokenRequestSpec { Audiences = [], ExpirationSeconds = 600 } };
        var token = (await admin.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, "reader", "default", cancellationToken: Stop)).Status.Token;

        Assert.Contains("system:serviceaccount:default:reader", await RefusalAsync(TokenClient(pki, address, token), HttpStatusCode.Forbidden), StringComparison.Ordinal);
        await RefusalAsync(TokenClient(pki, address, $"{token[..^8]}AAAAAAAA"), HttpStatusCode.Unauthorized);
    }

    /// <summary>The node authorizer lets a kubelet see nodes, and not all secrets.</summary>
    private static async Task AssertNodeIsKnownAsync(GeneratedPki pki, string address)
    {
        using var node = Client(pki, address, "kubelet-client-worker01");

        Assert.Empty((await node.CoreV1.ListNodeAsync(cancellationToken: Stop)).Items);
        Assert.Contains("system:node:worker01", await RefusalAsync(Client(pki, address, "kubelet-client-worker01"), HttpStatusCode.Forbidden), StringComparison.Ordinal);
        Assert.NotNull(await WhatIsMissingAsync(pki, "ca", "kubelet-server-worker01", $"{address}/api/v1/nodes", Stop));
    }

    private static async Task<string> RefusalAsync(k8s.Kubernetes client, HttpStatusCode expected)
    {
        using (client)
        {
            var refused = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ListNamespacedSecretAsync("kube-system", cancellationToken: Stop));
            Assert.Equal(expected, refused.Response.StatusCode);
            return refused.Response.Content;
        }
    }

    private static string[] EtcdArguments(GeneratedPki pki, string data, string client, string peer) =>
    [
        "--name=test", $"--data-dir={data}", "--unsafe-no-fsync",
        $"--listen-client-urls={client}", $"--advertise-client-urls={client}",
        $"--listen-peer-urls={peer}", $"--initial-advertise-peer-urls={peer}", $"--initial-cluster=test={peer}",
        $"--cert-file={pki.CertificateFile("etcd-master01")}", $"--key-file={pki.KeyFile("etcd-master01")}",
        $"--trusted-ca-file={pki.CertificateFile("etcd-ca")}", "--client-cert-auth",
        $"--peer-cert-file={pki.CertificateFile("etcd-master01")}", $"--peer-key-file={pki.KeyFile("etcd-master01")}",
        $"--peer-trusted-ca-file={pki.CertificateFile("etcd-ca")}", "--peer-client-cert-auth",
    ];

    private static string[] ApiServerArguments(GeneratedPki pki, string etcd, int port) =>
    [
        "--bind-address=127.0.0.1", $"--secure-port={port}", "--insecure-port=0", "--advertise-address=192.0.2.11",
        "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--service-cluster-ip-range=10.3.0.0/16",
        $"--etcd-servers={etcd}", $"--etcd-cafile={pki.CertificateFile("etcd-ca")}",
        $"--etcd-certfile={pki.CertificateFile("etcd-client")}", $"--etcd-keyfile={pki.KeyFile("etcd-client")}",
        $"--client-ca-file={pki.CertificateFile("ca")}", $"--tls-cert-file={pki.CertificateFile("apiserver")}", $"--tls-private-key-file={pki.KeyFile("apiserver")}",
        $"--kubelet-client-certificate={pki.CertificateFile("kubelet")}", $"--kubelet-client-key={pki.KeyFile("kubelet")}",
        $"--requestheader-client-ca-file={pki.CertificateFile("front-proxy-ca")}", "--requestheader-allowed-names=front-proxy-client",
        $"--proxy-client-cert-file={pki.CertificateFile("front-proxy-client")}", $"--proxy-client-key-file={pki.KeyFile("front-proxy-client")}",
        "--service-account-issuer=https://kubernetes.default.svc",
        $"--service-account-key-file={pki.PublicKeyFile("service-account")}", $"--service-account-signing-key-file={pki.KeyFile("service-account")}",
    ];

    private static k8s.Kubernetes Client(GeneratedPki pki, string address, string certificate) => new(new KubernetesClientConfiguration
    {
        Host = address,
        SslCaCerts = [X509Certificate2.CreateFromPem(pki.Loaded.Certificate("ca"))],
        ClientCertificateFilePath = pki.CertificateFile(certificate),
        ClientKeyFilePath = pki.KeyFile(certificate),
    });

    private static k8s.Kubernetes TokenClient(GeneratedPki pki, string address, string token) => new(new KubernetesClientConfiguration
    {
        Host = address,
        SslCaCerts = [X509Certificate2.CreateFromPem(pki.Loaded.Certificate("ca"))],
        AccessToken = token,
    });

    private static async Task<string?> WhatIsMissingAsync(GeneratedPki pki, string authority, string certificate, string address, CancellationToken cancellationToken)
    {
        using var http = Http(pki, authority, certificate);
        return await TestHttp.WhatIsMissingAsync(http, address, "", cancellationToken);
    }

    private static HttpClient Http(GeneratedPki pki, string authority, string certificate)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { X509Certificate2.CreateFromPem(pki.Loaded.Certificate(authority)) },
        };
        handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(pki.CertificateFile(certificate), pki.KeyFile(certificate))];
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5) };
    }
}
