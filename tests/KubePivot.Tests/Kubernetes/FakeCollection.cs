using System.Net;
using System.Text;
using System.Threading.Channels;
using k8s;
using k8s.Models;

namespace KubePivot.Tests.Kubernetes;

/// <summary>The objects of one kind in a <see cref="FakeKubeApiServer"/>, with their resource versions and watches.</summary>
internal sealed class FakeCollection(string listKind)
{
    private readonly Lock guard = new();
    private readonly SortedDictionary<string, IKubernetesObject<V1ObjectMeta>> objects = new(StringComparer.Ordinal);
    private readonly List<(int Version, string Line)> history = [];
    private readonly List<Channel<string>> watches = [];
    private int version = 1;
    private int forgotten;

    /// <summary>Adds an object or puts a new state of it in the place of the old one.</summary>
    public void Put(IKubernetesObject<V1ObjectMeta> item)
    {
        lock (guard)
        {
            var key = $"{item.Metadata.NamespaceProperty}/{item.Metadata.Name}";
            var type = objects.ContainsKey(key) ? "MODIFIED" : "ADDED";
            item.Metadata.ResourceVersion = $"{++version}";
            objects[key] = item;
            Tell(type, item);
        }
    }

    public void Delete(IKubernetesObject<V1ObjectMeta> item)
    {
        lock (guard)
        {
            objects.Remove($"{item.Metadata.NamespaceProperty}/{item.Metadata.Name}");
            item.Metadata.ResourceVersion = $"{++version}";
            Tell("DELETED", item);
        }
    }

    /// <summary>Changes an object while no watch is told of it, and forgets all versions so far: a watch from one of them gets 410.</summary>
    public void PutUnseen(IKubernetesObject<V1ObjectMeta> item)
    {
        lock (guard)
        {
            item.Metadata.ResourceVersion = $"{++version}";
            objects[$"{item.Metadata.NamespaceProperty}/{item.Metadata.Name}"] = item;
            forgotten = version - 1;
            Send(Gone);
        }
    }

    /// <summary>Sends a line to all watches; <c>cut</c> cuts their connections, an empty one ends them in order.</summary>
    public void Send(string line)
    {
        lock (guard)
        {
            watches.ForEach(watch => watch.Writer.TryWrite(line));
        }
    }

    public string List()
    {
        lock (guard)
        {
            return $$"""{"kind":"{{listKind}}","apiVersion":"v1","metadata":{"resourceVersion":"{{version}}"},"items":[{{string.Join(',', objects.Values.Select(Json))}}]}""";
        }
    }

    public async Task WatchAsync(HttpListenerResponse response, int from, CancellationToken cancellationToken)
    {
        var lines = Channel.CreateUnbounded<string>();
        lock (guard)
        {
            foreach (var line in from < forgotten ? [Gone] : history.Where(entry => entry.Version > from).Select(entry => entry.Line))
            {
                lines.Writer.TryWrite(line);
            }

            watches.Add(lines);
        }

        try
        {
            response.SendChunked = true;
            await foreach (var line in lines.Reader.ReadAllAsync(cancellationToken))
            {
                if (line is "cut" or "")
                {
                    if (line == "cut")
                    {
                        response.Abort();
                    }

                    return;
                }

                await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
                await response.OutputStream.FlushAsync(cancellationToken);
                if (line == Gone)
                {
                    return;
                }
            }
        }
        finally
        {
            lock (guard)
            {
                watches.Remove(lines);
            }

            response.Close();
        }
    }

    private static string Gone { get; } = $$"""{"type":"ERROR","object":{{FakeKubeApiServer.Failure(HttpStatusCode.Gone, "too old resource version")}}}""";

    private void Tell(string type, IKubernetesObject<V1ObjectMeta> item)
    {
        var line = $$"""{"type":"{{type}}","object":{{Json(item)}}}""";
        history.Add((version, line));
        watches.ForEach(watch => watch.Writer.TryWrite(line));
    }

    private static string Json(IKubernetesObject<V1ObjectMeta> item) => KubernetesJson.Serialize(item);
}
