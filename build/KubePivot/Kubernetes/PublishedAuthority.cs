using k8s;
using k8s.Models;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Kubernetes;

/// <summary>The authorities that pods verify the API with: the controller manager puts them into every namespace.</summary>
/// <param name="bundle">What they must be, PEM.</param>
public sealed class PublishedAuthority(StageContext context, IKubernetes api, string bundle)
{
    private const string ConfigMap = "kube-root-ca.crt";

    private const string Key = "ca.crt";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <exception cref="StageException">They were not published in time.</exception>
    public Task UntilPublishedAsync() => ApiWait.UntilAsync(
        context,
        "the authorities to reach every namespace",
        Interval,
        LookAsync,
        "The controller manager publishes them: kubectl -n kube-system logs -l k8s-app=kube-controller-manager");

    private async Task<Observation> LookAsync(CancellationToken stop)
    {
        var namespaces = (await api.CoreV1.ListNamespaceAsync(cancellationToken: stop).ConfigureAwait(false)).Items.Where(found => found.Metadata.DeletionTimestamp == null).Select(found => found.Name()).ToHashSet();
        var published = (await api.CoreV1.ListConfigMapForAllNamespacesAsync(fieldSelector: $"metadata.name={ConfigMap}", cancellationToken: stop).ConfigureAwait(false)).Items
            .Where(found => Same(found.Data?.TryGetValue(Key, out var text) == true ? text : null)).Select(found => found.Namespace());
        var missing = namespaces.Except(published).Count();
        var secrets = (await TokenSecrets.ListAsync(api, stop).ConfigureAwait(false)).Count(found => !Same(TokenSecrets.TextOf(found, Key)));
        return new Observation(missing == 0 && secrets == 0, $"{missing} namespaces and {secrets} Secrets of service accounts lack them");
    }

    private bool Same(string? text) => text?.Trim() == bundle.Trim();
}
