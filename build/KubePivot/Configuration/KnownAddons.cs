namespace KubePivot.Configuration;

/// <summary>The add-ons that <c>addons:</c> in cluster.yaml may name, by the names of their manifests.</summary>
public static class KnownAddons
{
    public static IReadOnlyList<string> All { get; } =
    [
        "default-backend", "ingress-controller", "kube-dashboard", "kube-dns", "kube-flannel", "metrics-server", "pod-checkpointer",
    ];
}
