using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Bootkube.Api;

/// <summary>
/// Talks to one API server, or through a load balancer to several. What the server says, or that it says nothing, is an answer and
/// not an exception: callers decide what to do about it. Every try has a bound of its own: a server that is killed may leave
/// connections hanging.
/// </summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>Bound of a single request that should be answered at once.</summary>
    public static readonly TimeSpan ShortTry = TimeSpan.FromSeconds(3);

    /// <summary>Bytes of an answer in plain text that are kept: enough for the end of a log or the list of failed checks.</summary>
    private const int LongestText = 8000;

    private readonly Kubeconfig config;
    private readonly HttpClient pooled;
    private readonly HttpClient fresh;

    /// <param name="config">Trust and identity; the caller's to dispose of, after this.</param>
    /// <param name="port">A server on this node's loopback; null: the kubeconfig's own server.</param>
    public ApiClient(Kubeconfig config, int? port = null)
    {
        this.config = config;
        Server = port is { } own ? new UriBuilder(Uri.UriSchemeHttps, "127.0.0.1", own).Uri : config.Server;
        pooled = Client(Timeout.InfiniteTimeSpan);
        fresh = Client(TimeSpan.Zero);
    }

    public Uri Server { get; }

    public Task<ApiAnswer> GetAsync(string path, CancellationToken cancellationToken, TimeSpan? bound = null) =>
        SendAsync(HttpMethod.Get, path, null, null, bound ?? ShortTry, cancellationToken);

    /// <summary>As <see cref="GetAsync"/>, over a connection of its own: one that is open already says nothing about who gets the next.</summary>
    public Task<ApiAnswer> GetFreshAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(fresh, HttpMethod.Get, path, null, null, ShortTry, cancellationToken);

    /// <param name="body">Sent as UTF-8; null: no body.</param>
    /// <param name="bound">More than zero.</param>
    public Task<ApiAnswer> SendAsync(HttpMethod method, string path, string? body, string? contentType, TimeSpan bound, CancellationToken cancellationToken) =>
        SendAsync(pooled, method, path, body, contentType, bound, cancellationToken);

    /// <summary>The events of a watch, until the server ends it or the connection breaks.</summary>
    /// <exception cref="HttpRequestException">The watch could not be opened.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async IAsyncEnumerable<JsonNode> WatchAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, path, null, null);
        using var response = await pooled.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (JsonNodeExtensions.Parse(Encoding.UTF8.GetBytes(line)) is { } change)
            {
                yield return change;
            }
        }
    }

    public void Dispose()
    {
        pooled.Dispose();
        fresh.Dispose();
    }

    private async Task<ApiAnswer> SendAsync(
        HttpClient client, HttpMethod method, string path, string? body, string? contentType, TimeSpan bound, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(bound);
        try
        {
            using var request = Request(method, path, body, contentType);
            using var response = await client.SendAsync(request, limit.Token);
            var content = await response.Content.ReadAsByteArrayAsync(limit.Token);
            var json = JsonNodeExtensions.Parse(content);
            var text = json == null ? Encoding.UTF8.GetString(content.AsSpan(0, Math.Min(content.Length, LongestText))).Trim() : "";
            return new((int)response.StatusCode, response.IsSuccessStatusCode ? "" : json.Text("message") ?? text, json, text);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new(0, Reason(exception), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(0, $"no answer within {bound.TotalSeconds:0.#} s", null);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? body, string? contentType)
    {
        var request = new HttpRequestMessage(method, new Uri(Server, path));
        request.Headers.Accept.Add(new("application/json"));
        if (config.Token != null)
        {
            request.Headers.Authorization = new("Bearer", config.Token);
        }

        if (body != null)
        {
            request.Content = new StringContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType!);
        }

        return request;
    }

    private HttpClient Client(TimeSpan connectionLifetime)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(config.Authorities);
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ShortTry,
            PooledConnectionLifetime = connectionLifetime,
            UseProxy = false,
            // No API server sends its clients elsewhere; whoever does must not get our credentials.
            AllowAutoRedirect = false,
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = policy,
            },
        };
        if (config.ClientCertificate != null)
        {
            handler.SslOptions.ClientCertificates = [config.ClientCertificate];
        }

        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The innermost message says what happened: <c>Connection refused (127.0.0.1:6443)</c>.</summary>
    private static string Reason(Exception exception) => exception.GetBaseException().Message.TrimEnd('.');
}
