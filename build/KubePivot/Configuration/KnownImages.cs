namespace KubePivot.Configuration;

/// <summary>The components that <c>kubernetes.images</c> in cluster.yaml may name; the release catalogue has the same.</summary>
public static class KnownImages
{
    public static IReadOnlyList<string> All { get; } =
    [
        "coredns", "default-backend", "flannel", "flannel-cni-plugin", "headlamp", "kube-apiserver", "kube-controller-manager", "kube-proxy",
        "kube-scheduler", "kubernetes-dashboard", "metrics-server", "pause", "pod-checkpointer", "traefik",
    ];
}
