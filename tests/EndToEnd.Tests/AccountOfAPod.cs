using System.Net;
using System.Net.Http.Headers;
using System.Text;
using KubePivot.Kubernetes;

namespace KubePivot.EndToEnd;

/// <summary>Asks the API with a token and nothing else, to see what its owner may do.</summary>
internal sealed class AccountOfAPod(ThrowAwayCluster cluster, string token) : IDisposable
{
    private readonly k8s.Kubernetes client = (k8s.Kubernetes)ClusterApi.OpenWithToken(new ClusterPaths(cluster.Folder), token);

    /// <summary>Sends a request.</summary>
    /// <param name="request">Method and path, as in <c>GET /api/v1/nodes</c>.</param>
    /// <param name="body">JSON; null: an empty object, if the method has a body.</param>
    public async Task<HttpStatusCode> AskAsync(string request, string? body = null)
    {
        var (method, path) = (request.Split(' ')[0], request.Split(' ')[1]);
        using var message = new HttpRequestMessage(new HttpMethod(method), new Uri(client.BaseUri, path));
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (method is "POST" or "PUT")
        {
            message.Content = new StringContent(body ?? "{}", Encoding.UTF8, "application/json");
        }

        // A watch has no end worth waiting for.
        using var response = await client.HttpClient.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    public void Dispose() => client.Dispose();
}
