namespace KubePivot.Configuration;

/// <summary>The add-ons that <c>addons:</c> in cluster.yaml may name, by the names of their manifests.</summary>
public static class KnownAddons
{
    /// <summary>The pod network of <c>cni: flannel</c>.</summary>
    public const string Flannel = "kube-flannel";

    internal const string DefaultBackend = "default-backend";

    internal const string IngressController = "ingress-controller";

    /// <summary>Brings the API back after a loss of power of all masters.</summary>
    public const string PodCheckpointer = "pod-checkpointer";

    public static IReadOnlyList<string> All { get; } =
    [
        DefaultBackend, IngressController, "kube-dashboard", "kube-dns", Flannel, "metrics-server", PodCheckpointer,
    ];
}
