using System.Collections.Concurrent;
using System.Net;
using System.Text;
using k8s;

namespace KubePivot.Tests.Kubernetes;

/// <summary>
/// A fake, and no API server: lists and watches objects that the test puts into it, in plain HTTP on loopback, and misbehaves on
/// request. What depends on a real server's judgement is tested against one among the integration tests.
/// </summary>
internal sealed class FakeKubeApiServer : IAsyncDisposable
{
    private readonly HttpListener listener;
    private readonly CancellationTokenSource stop = new(); // Has no timer, and may be cancelled twice: needs no disposal.
    private readonly Dictionary<string, FakeCollection> collections = new(StringComparer.Ordinal)
    {
        ["/api/v1/pods"] = new("PodList"),
        ["/api/v1/nodes"] = new("NodeList"),
        ["/apis/apps/v1/daemonsets"] = new("DaemonSetList"),
        ["/apis/apps/v1/deployments"] = new("DeploymentList"),
    };

    private readonly ConcurrentQueue<(HttpStatusCode Status, string Message)> refusals = new();
    private readonly Task serving;

    public FakeKubeApiServer()
    {
        (listener, Port) = Listen();
        serving = ServeAsync();
    }

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>Requests in order, as in <c>GET /api/v1/pods</c> or <c>WATCH /api/v1/pods 17</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Answers of paths that are no collections, by <c>POST /path</c>.</summary>
    public ConcurrentDictionary<string, Func<HttpListenerRequest, (HttpStatusCode Status, string Body)>> Answers { get; } = new();

    public FakeCollection Pods => collections["/api/v1/pods"];

    public FakeCollection Nodes => collections["/api/v1/nodes"];

    public FakeCollection DaemonSets => collections["/apis/apps/v1/daemonsets"];

    public FakeCollection Deployments => collections["/apis/apps/v1/deployments"];

    public IKubernetes Client() => new k8s.Kubernetes(new KubernetesClientConfiguration { Host = Address.ToString() });

    /// <summary>The next request of any kind is refused so.</summary>
    public void RefuseNext(HttpStatusCode status, string message) => refusals.Enqueue((status, message));

    /// <summary>Cuts all watches in the middle of whatever they do, as a server does that is killed.</summary>
    public void CutWatches()
    {
        foreach (var collection in collections.Values)
        {
            collection.Send("cut");
        }
    }

    /// <summary>A Status object, as an API server answers with when it refuses.</summary>
    public static string Failure(HttpStatusCode status, string message) =>
        $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"{{message}}","code":{{(int)status}}}""";

    /// <summary>Ends it as a power cut would: connections are refused from then on.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Abort();
        await serving;
    }

    private static (HttpListener Listener, int Port) Listen()
    {
        while (true)
        {
            var listener = new HttpListener();
            var port = Random.Shared.Next(20000, 60000);
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                return (listener, port);
            }
            catch (HttpListenerException)
            {
                listener.Close(); // Somebody has that port.
            }
        }
    }

    private async Task ServeAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var context = await listener.GetContextAsync();
                _ = AnswerAsync(context);
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var (path, isWatch) = (request.Url!.AbsolutePath, request.QueryString["watch"] == "true");
        Requests.Enqueue(isWatch ? $"WATCH {path} {request.QueryString["resourceVersion"]}" : $"{request.HttpMethod} {path}");
        try
        {
            if (refusals.TryDequeue(out var refusal))
            {
                await WriteAsync(response, refusal.Status, Failure(refusal.Status, refusal.Message));
            }
            else if (Answers.TryGetValue($"{request.HttpMethod} {path}", out var answer))
            {
                var (status, body) = answer(request);
                await WriteAsync(response, status, body);
            }
            else if (!collections.TryGetValue(path, out var collection))
            {
                await WriteAsync(response, HttpStatusCode.NotFound, Failure(HttpStatusCode.NotFound, $"the fake has no {path}"));
            }
            else if (isWatch)
            {
                await collection.WatchAsync(response, int.Parse(request.QueryString["resourceVersion"]!), stop.Token);
            }
            else
            {
                await WriteAsync(response, HttpStatusCode.OK, collection.List());
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            response.Abort(); // The client has gone, or the fake ends.
        }
    }

    private static async Task WriteAsync(HttpListenerResponse response, HttpStatusCode status, string body)
    {
        response.StatusCode = (int)status;
        response.ContentType = "application/json";
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
        response.Close();
    }
}
