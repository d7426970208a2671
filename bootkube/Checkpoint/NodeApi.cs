using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Checkpoint;

/// <summary>
/// The API as this node itself sees it, with the kubelet's own identity: it may read the pods that are bound to it, and the Secrets and
/// ConfigMaps that these name, and needs no token, which a static pod could not have.
/// </summary>
/// <param name="kubeconfig">Path of the kubelet's.</param>
internal sealed class NodeApi(string kubeconfig, string node, TimeProvider clock) : IDisposable
{
    /// <summary>The certificates are read again so often: they are replaced on the running node.</summary>
    private static readonly TimeSpan Renewal = TimeSpan.FromMinutes(10);

    private Kubeconfig? config;
    private ApiClient? client;
    private long opened;

    /// <summary>The pods that are bound to this node.</summary>
    /// <returns>What is known, the pods if it is <see cref="ApiState.Answers"/>, and the words of the answer otherwise.</returns>
    public async Task<(ApiState State, IReadOnlyList<JsonNode> Pods, string Words)> PodsAsync(CancellationToken cancellationToken)
    {
        // From the server's memory, as the kubelet itself asks: it need not read all pods of the cluster for that.
        var answer = await Client().GetAsync($"/api/v1/pods?fieldSelector=spec.nodeName%3D{node}&resourceVersion=0", cancellationToken);
        if (answer.Code == 401)
        {
            Close();
        }

        return answer.Succeeded && answer.Body.At("items") is JsonArray items ? (ApiState.Answers, [.. items.OfType<JsonNode>()], "")
            : (answer.Code is 0 or >= 500 ? ApiState.Away : ApiState.Unclear, [], answer.ToString());
    }

    /// <summary>A Secret or ConfigMap.</summary>
    /// <returns>Null if it does not exist.</returns>
    /// <exception cref="RefusedException">It may exist, but cannot be read.</exception>
    public async Task<JsonNode?> FindAsync(ObjectReference reference, string @namespace, CancellationToken cancellationToken)
    {
        var answer = await Client().GetAsync($"/api/v1/namespaces/{@namespace}/{(reference.Kind == ObjectReference.Secret ? "secrets" : "configmaps")}/{reference.Name}", cancellationToken);
        return answer.Succeeded ? answer.Body : answer.Code == 404 ? null : throw new RefusedException($"{reference} cannot be read: {answer}");
    }

    public void Dispose() => Close();

    private ApiClient Client()
    {
        if (client != null && clock.GetElapsedTime(opened) > Renewal)
        {
            Close();
        }

        if (client == null)
        {
            config = Kubeconfig.Load(kubeconfig);
            client = new(config);
            opened = clock.GetTimestamp();
        }

        return client;
    }

    private void Close()
    {
        client?.Dispose();
        config?.Dispose();
        (client, config) = (null, null);
    }
}
