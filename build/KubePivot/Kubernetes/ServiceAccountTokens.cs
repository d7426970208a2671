using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using k8s;
using k8s.Models;
using KubePivot.Nodes;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Kubernetes;

/// <summary>Sees to it that no token signed with a service-account key that is about to be trusted no more is in use.</summary>
/// <param name="oldKey">That key's public half, PEM.</param>
public sealed class ServiceAccountTokens(StageContext context, IKubernetes api, string oldKey)
{
    /// <summary>The kubelet looks at a running pod's volumes once a minute or so.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly string oldKeyId = KeyIdOf(oldKey);

    /// <summary>What Kubernetes calls a key in the header of a token, <c>kid</c>: the SHA-256 of the public key's DER, base64url.</summary>
    public static string KeyIdOf(string publicPem)
    {
        var fields = PemEncoding.Find(publicPem);
        var der = Convert.FromBase64String(publicPem[fields.Base64Data]);
        return Base64Url.EncodeToString(SHA256.HashData(der));
    }

    /// <summary>The key that signed a token; null if its header names none.</summary>
    public static string? SignerOf(string token)
    {
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[0]));
            return json.RootElement.TryGetProperty("kid", out var key) ? key.GetString() : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>
    /// Tokens in Secrets do not expire, and nobody signs them anew: those of the old key are taken out, and the controller manager
    /// puts in new ones at once.
    /// </summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="StageException">The controller manager did not, in time.</exception>
    public async Task<int> ReplaceInSecretsAsync()
    {
        var replaced = new HashSet<string>();
        await ApiWait.UntilAsync(
            context,
            "new tokens in the Secrets of service accounts",
            Interval,
            async stop =>
            {
                var secrets = await TokenSecrets.ListAsync(api, stop).ConfigureAwait(false);
                foreach (var secret in secrets.Where(IsOld))
                {
                    await api.CoreV1.PatchNamespacedSecretAsync(
                        new V1Patch("""{"data":{"token":null}}""", V1Patch.PatchType.MergePatch), secret.Name(), secret.Namespace(), cancellationToken: stop).ConfigureAwait(false);
                    replaced.Add(secret.Metadata.Uid);
                }

                var without = secrets.Where(secret => IsOld(secret) || TokenOf(secret) == null).ToList();
                return new(without.Count == 0, $"{without.Count} have none{Examples(without.Select(secret => $"{secret.Namespace()}/{secret.Name()}"))}");
            },
            "The controller manager makes them: kubectl -n kube-system logs -l k8s-app=kube-controller-manager").ConfigureAwait(false);
        return replaced.Count;
    }

    /// <summary>
    /// Waits until the kubelets have put new tokens into the volumes of all pods. A kubelet keeps the tokens that it has asked for itself
    /// (projected volumes) for four fifths of their time, whoever signed them; one that has such of the old key is restarted.
    /// </summary>
    /// <remarks>https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#launch-a-pod-using-service-account-token-projection</remarks>
    /// <exception cref="StageException">They have not, in time: names pods.</exception>
    public async Task UntilReplacedInPodsAsync(IReadOnlyList<NodeUnderConstruction> nodes)
    {
        var kept = (await OldTokensAsync(nodes, context.CancellationToken).ConfigureAwait(false)).Where(token => token.IsProjected).Select(token => token.Node).ToHashSet();
        await new KubeletRollingRestart(context, api).RunAsync([.. nodes.Where(kept.Contains)]).ConfigureAwait(false);
        await new Wait(context.Clock, line => context.Reporter.Info(line)).UntilAsync(
            "the kubelets to give every pod a token signed with the new key",
            context.Timeout,
            Interval,
            async stop =>
            {
                var pods = await PodsWithOldTokensAsync(nodes, stop).ConfigureAwait(false);
                return new Observation(pods.Count == 0, $"{pods.Count} pods have old ones");
            },
            async stop => $"Pods that still have one: {string.Join(", ", await NamesOfAsync(await PodsWithOldTokensAsync(nodes, stop).ConfigureAwait(false), stop).ConfigureAwait(false))}. Run the same command again: it goes on from here.",
            context.CancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<string>> PodsWithOldTokensAsync(IReadOnlyList<NodeUnderConstruction> nodes, CancellationToken stop) =>
        [.. (await OldTokensAsync(nodes, stop).ConfigureAwait(false)).Select(token => token.Pod).Distinct()];

    /// <returns>With the UIDs of their pods.</returns>
    private async Task<IReadOnlyList<(NodeUnderConstruction Node, string Pod, bool IsProjected)>> OldTokensAsync(IReadOnlyList<NodeUnderConstruction> nodes, CancellationToken stop)
    {
        var found = await AllNodes.RunAsync(nodes, async node =>
            (Node: node, Text: (await node.Connection.RunAsync(NodeProgram.CommandLine("find-tokens", context.LayoutOf(node.Node).Root), shown: "bash find-tokens", cancellationToken: stop).ConfigureAwait(false))
            .ThrowOnFailure("could not look at the pods' tokens").StandardOutput)).ConfigureAwait(false);
        return [.. from node in found
                   from line in node.Text.Split('\n')
                   let words = line.Split(' ')
                   where words.Length == 3 && words[1] == oldKeyId
                   select (node.Node, words[0], words[2] == "projected")];
    }

    private async Task<IEnumerable<string>> NamesOfAsync(IReadOnlyList<string> uids, CancellationToken stop)
    {
        try
        {
            var names = (await api.CoreV1.ListPodForAllNamespacesAsync(cancellationToken: stop).ConfigureAwait(false)).Items.ToDictionary(pod => pod.Metadata.Uid, pod => $"{pod.Namespace()}/{pod.Name()}");
            return uids.Select(uid => names.GetValueOrDefault(uid, uid));
        }
        catch (Exception exception) when (ApiFailure.Is(exception) && !stop.IsCancellationRequested)
        {
            return uids;
        }
    }

    private bool IsOld(V1Secret secret) => TokenOf(secret) is { } token && SignerOf(token) == oldKeyId;

    private static string? TokenOf(V1Secret secret) => TokenSecrets.TextOf(secret, "token");

    private static string Examples(IEnumerable<string> names) => string.Join(", ", names.Take(3)) is { Length: > 0 } some ? $": {some}" : "";
}
