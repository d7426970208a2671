using k8s;
using k8s.Models;
using KubePivot.Waiting;

namespace KubePivot.Kubernetes;

/// <summary>The cluster's nodes, pods, DaemonSets and Deployments as the API has them, kept up to date by watches.</summary>
public sealed class ClusterView(IKubernetes api, TimeProvider clock, ChangeSignal changed)
{
    /// <summary>The API server ends a watch after this many seconds, and the next one begins where it ended.</summary>
    private const int WatchSeconds = 240;

    private readonly ObjectWatch<V1Pod> pods = new(
        clock,
        changed,
        async stop => Listed(await api.CoreV1.ListPodForAllNamespacesAsync(cancellationToken: stop).ConfigureAwait(false)),
        (version, onError, stop) => api.CoreV1.WatchListPodForAllNamespacesAsync(
            allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: onError, cancellationToken: stop));

    private readonly ObjectWatch<V1Node> nodes = new(
        clock,
        changed,
        async stop => Listed(await api.CoreV1.ListNodeAsync(cancellationToken: stop).ConfigureAwait(false)),
        (version, onError, stop) => api.CoreV1.WatchListNodeAsync(
            allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: onError, cancellationToken: stop));

    private readonly ObjectWatch<V1DaemonSet> daemonSets = new(
        clock,
        changed,
        async stop => Listed(await api.AppsV1.ListDaemonSetForAllNamespacesAsync(cancellationToken: stop).ConfigureAwait(false)),
        (version, onError, stop) => api.AppsV1.WatchListDaemonSetForAllNamespacesAsync(
            allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: onError, cancellationToken: stop));

    private readonly ObjectWatch<V1Deployment> deployments = new(
        clock,
        changed,
        async stop => Listed(await api.AppsV1.ListDeploymentForAllNamespacesAsync(cancellationToken: stop).ConfigureAwait(false)),
        (version, onError, stop) => api.AppsV1.WatchListDeploymentForAllNamespacesAsync(
            allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: WatchSeconds, onError: onError, cancellationToken: stop));

    public IEnumerable<V1Pod> Pods => pods.Objects;

    public IEnumerable<V1Node> Nodes => nodes.Objects;

    public IEnumerable<V1DaemonSet> DaemonSets => daemonSets.Objects;

    public IEnumerable<V1Deployment> Deployments => deployments.Objects;

    /// <summary>All four kinds were listed at least once.</summary>
    public bool IsListed => pods.IsListed && nodes.IsListed && daemonSets.IsListed && deployments.IsListed;

    /// <summary>Why this view may be out of date, in words; null while all watches stand.</summary>
    public string? Trouble => pods.Trouble ?? nodes.Trouble ?? daemonSets.Trouble ?? deployments.Trouble;

    /// <summary>Watches until it is cancelled, which ends it without an exception.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        pods.RunAsync(cancellationToken), nodes.RunAsync(cancellationToken), daemonSets.RunAsync(cancellationToken), deployments.RunAsync(cancellationToken));

    private static (string Version, IEnumerable<T> Items) Listed<T>(IItems<T> list)
        where T : IKubernetesObject => (((IMetadata<V1ListMeta>)list).Metadata.ResourceVersion, list.Items);
}
