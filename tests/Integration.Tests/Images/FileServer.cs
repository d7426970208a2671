using System.Net;
using System.Net.Sockets;

namespace KubePivot.Integration.Tests.Images;

/// <summary>A file server on loopback, with range requests, that can be told to misbehave.</summary>
public sealed class FileServer : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Task serving;

    public FileServer()
    {
        using (var socket = new TcpListener(IPAddress.Loopback, 0))
        {
            socket.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)socket.LocalEndpoint).Port}/");
        }

        listener.Prefixes.Add(Address.OriginalString);
        listener.Start();
        serving = ServeAsync();
    }

    public Uri Address { get; }

    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>The range header of each request, or an empty text.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Answers break off after so many bytes, as often as there are numbers.</summary>
    public Queue<int> BreakAfter { get; } = new();

    public bool KnowsRanges { get; set; } = true;

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                Answer(await listener.GetContextAsync());
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var range = context.Request.Headers["Range"] ?? "";
        Requests.Add(range);
        using var response = context.Response;
        if (!Files.TryGetValue(context.Request.Url!.AbsolutePath, out var content))
        {
            response.StatusCode = 404;
            return;
        }

        var from = KnowsRanges && range.StartsWith("bytes=", StringComparison.Ordinal) ? int.Parse(range[6..].TrimEnd('-'), null) : 0;
        if (from >= content.Length && from > 0)
        {
            response.StatusCode = 416;
            return;
        }

        response.StatusCode = from > 0 ? 206 : 200;
        response.ContentLength64 = content.Length - from;
        if (BreakAfter.TryDequeue(out var count))
        {
            response.OutputStream.Write(content, from, count);
            response.OutputStream.Flush();
            response.Abort();
            return;
        }

        response.OutputStream.Write(content, from, content.Length - from);
    }
}
