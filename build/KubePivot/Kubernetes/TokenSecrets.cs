using System.Text;
using k8s;
using k8s.Models;

namespace KubePivot.Kubernetes;

/// <summary>The Secrets that the controller manager keeps a token of a service account in, with the authority of the API; before Kubernetes 1.24 every account has one.</summary>
internal static class TokenSecrets
{
    public static async Task<IList<V1Secret>> ListAsync(IKubernetes api, CancellationToken cancellationToken) =>
        (await api.CoreV1.ListSecretForAllNamespacesAsync(fieldSelector: "type=kubernetes.io/service-account-token", cancellationToken: cancellationToken).ConfigureAwait(false)).Items;

    /// <summary>A text in it; null if there is none.</summary>
    /// <param name="key"><c>token</c> or <c>ca.crt</c>.</param>
    public static string? TextOf(V1Secret secret, string key) => secret.Data?.TryGetValue(key, out var text) == true ? Encoding.UTF8.GetString(text) : null;
}
