using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace KubePivot.Integration.Tests.Servers;

/// <summary>Plain HTTPS to servers under test.</summary>
public static class TestHttp
{
    /// <summary>A client that trusts the test PKI's authority alone and shows one of its certificates.</summary>
    public static HttpClient Client(TestPki pki, string certificate)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) };
        using var authority = X509CertificateLoader.LoadCertificateFromFile(pki.CaFile);
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { X509CertificateLoader.LoadCertificate(authority.RawData) },
        };
        handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(pki.CertificateFile(certificate), pki.KeyFile(certificate))];
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5) };
    }

    /// <summary>Null if somebody listens on this port of loopback; else what was seen instead.</summary>
    public static async Task<string?> WhatListensNotAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>
    /// Null if the API server at the address is ready and has made the namespace <c>default</c>, which it does only after it has
    /// seen itself ready; else what was seen instead.
    /// </summary>
    public static async Task<string?> WhatApiServerLacksAsync(HttpClient admin, string address, CancellationToken cancellationToken) =>
        await WhatIsMissingAsync(admin, $"{address}/readyz", "ok", cancellationToken)
        ?? await WhatIsMissingAsync(admin, $"{address}/api/v1/namespaces/default", "Active", cancellationToken);

    /// <summary>Null if the address answers 200 with the expected words; else what was seen instead.</summary>
    public static async Task<string?> WhatIsMissingAsync(HttpClient client, string address, string expected, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await client.GetAsync(address, cancellationToken);
            var words = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.IsSuccessStatusCode && words.Contains(expected, StringComparison.Ordinal) ? null : $"{(int)answer.StatusCode} {words}";
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return exception.Message;
        }
    }
}
