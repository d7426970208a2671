using System.Collections.Concurrent;
using k8s;
using k8s.Models;

namespace KubePivot.EndToEnd;

/// <summary>ConfigMaps that are written before something happens to a cluster, and looked for afterwards.</summary>
/// <param name="kubeconfig">The kubeconfig of people.</param>
/// <param name="name">Name of their namespace, which is made.</param>
public sealed class WrittenObjects(string kubeconfig, string name)
{
    private readonly ConcurrentDictionary<string, string> written = new(StringComparer.Ordinal);

    /// <summary>Writes so many; each is acknowledged when this returns.</summary>
    public async Task WriteAsync(int count, CancellationToken cancellationToken)
    {
        using var client = Client();
        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = name } }, cancellationToken: cancellationToken);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (number, token) =>
        {
            var (key, content) = ($"object-{number:00000}", $"{Guid.NewGuid()}");
            await client.CoreV1.CreateNamespacedConfigMapAsync(new V1ConfigMap { Metadata = new() { Name = key }, Data = new Dictionary<string, string> { ["content"] = content } }, name, cancellationToken: token);
            written[key] = content;
        });
    }

    /// <summary>Fails unless all of them are there, as they were written.</summary>
    public async Task VerifyAsync(CancellationToken cancellationToken)
    {
        using var client = Client();
        var found = (await client.CoreV1.ListNamespacedConfigMapAsync(name, cancellationToken: cancellationToken)).Items.Where(map => map.Metadata.Name.StartsWith("object-", StringComparison.Ordinal));
        Assert.Equal(written.OrderBy(item => item.Key, StringComparer.Ordinal), found.ToDictionary(map => map.Metadata.Name, map => map.Data["content"]).OrderBy(item => item.Key, StringComparer.Ordinal));
    }

    /// <summary>Removes them all.</summary>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        using var client = Client();
        await client.CoreV1.DeleteNamespaceAsync(name, cancellationToken: cancellationToken);
    }

    private k8s.Kubernetes Client() => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
}
