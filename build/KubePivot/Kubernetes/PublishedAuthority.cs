using System.Text;
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

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <exception cref="StageException">They were not published in time.</exception>
    public Task UntilPublishedAsync() => new Wait(context.Clock, line => context.Reporter.Info(line)).UntilAsync(
        "the authorities to reach every namespace",
        context.Timeout,
        Interval,
        LookAsync,
        _ => Task.FromResult("The controller manager publishes them: kubectl -n kube-system logs -l k8s-app=kube-controller-manager"),
        context.CancellationToken);

    private async Task<Observation> LookAsync(CancellationToken stop)
    {
        try
        {
            var namespaces = (await api.CoreV1.ListNamespaceAsync(cancellationToken: stop).ConfigureAwait(false)).Items.Where(found => found.Metadata.DeletionTimestamp == null).Select(found => found.Name()).ToHashSet();
            var published = (await api.CoreV1.ListConfigMapForAllNamespacesAsync(fieldSelector: $"metadata.name={ConfigMap}", cancellationToken: stop).ConfigureAwait(false)).Items
                .Where(found => Same(found.Data?.TryGetValue("ca.crt", out var text) == true ? text : null)).Select(found => found.Namespace());
            var secrets = (await api.CoreV1.ListSecretForAllNamespacesAsync(fieldSelector: "type=kubernetes.io/service-account-token", cancellationToken: stop).ConfigureAwait(false)).Items
                .Count(found => !Same(found.Data?.TryGetValue("ca.crt", out var text) == true ? Encoding.UTF8.GetString(text) : null));
            var missing = namespaces.Except(published).Order(StringComparer.Ordinal).ToList();
            return new Observation(missing.Count == 0 && secrets == 0, $"{missing.Count} namespaces and {secrets} Secrets of service accounts lack them");
        }
        catch (Exception exception) when (ApiFailure.Is(exception) && !stop.IsCancellationRequested)
        {
            return new Observation(false, ApiFailure.Words(exception));
        }
    }

    private bool Same(string? text) => text?.Trim() == bundle.Trim();
}
