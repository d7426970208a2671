namespace KubePivot.Assets;

/// <summary>What CopyAssets must know of a node's files beyond their content: owners, and the units that a change restarts.</summary>
internal static class NodeFileRules
{
    /// <summary>Our units in starting order. A node runs those that a file of its tree belongs to.</summary>
    private static readonly string[] Units =
    [
        "kubepivot-cgroups.service",
        "kubepivot-routes.service",
        "containerd.service",
        "kubepivot-images.service",
        "etcd.service",
        "haproxy.service",
        "keepalived.service",
        "kubelet.service",
    ];

    /// <summary>Whose files lie where; unit files and their drop-ins belong to the unit they name.</summary>
    private static readonly (string Prefix, string? Unit)[] Places =
    [
        // Read anew for each image that is pulled.
        ("/etc/containerd/certs.d/", null),
        ("/etc/containerd/", "containerd.service"),
        ("/etc/etcd/", "etcd.service"),
        ("/etc/haproxy/", "haproxy.service"),
        ("/etc/keepalived/", "keepalived.service"),
        ("/etc/kubernetes/", "kubelet.service"),
        ("/usr/local/lib/kubepivot/find-interface", "keepalived.service"),
        ("/usr/local/lib/kubepivot/haproxy-answers", "keepalived.service"),
        ("/opt/bootkube/images/", "kubepivot-images.service"),
        ("/usr/local/lib/kubepivot/import-images", "kubepivot-images.service"),
        ("/usr/local/lib/kubepivot/mount-cgroups", "kubepivot-cgroups.service"),
        ("/usr/local/lib/kubepivot/set-routes", "kubepivot-routes.service"),

        // Nothing is restarted for /etc/cni/net.d (containerd watches it) and the rest of /opt/bootkube (bootkube runs once).
    ];

    public static string Owner(string path) => path.StartsWith("/etc/etcd/pki/", StringComparison.Ordinal) ? "etcd:etcd" : "root:root";

    /// <summary>What the CIS benchmark wants for its owner alone though there is no secret in it: settings that the whole node hangs on.</summary>
    public static string Mode(string path, string mode) => mode == "0644" && IsForRootAlone(path) ? "0600" : mode;

    public static IReadOnlyList<string> Restarts(string path)
    {
        const string UnitFolder = "/etc/systemd/system/";
        var unit = path.StartsWith(UnitFolder, StringComparison.Ordinal)
            ? Units.FirstOrDefault(name => path.AsSpan(UnitFolder.Length).StartsWith(name, StringComparison.Ordinal))
            : Places.FirstOrDefault(place => path.StartsWith(place.Prefix, StringComparison.Ordinal)).Unit;
        return unit == null ? [] : [unit];
    }

    private static bool IsForRootAlone(string path) =>
        path is "/etc/systemd/system/etcd.service" or "/etc/systemd/system/kubelet.service"
        || path.StartsWith("/etc/cni/net.d/", StringComparison.Ordinal)
        || (path.StartsWith("/etc/kubernetes/", StringComparison.Ordinal) && !path.EndsWith(".crt", StringComparison.Ordinal));

    public static IReadOnlyList<string> UnitsOf(IEnumerable<NodeFile> files)
    {
        var wanted = files.SelectMany(file => file.Restarts).ToHashSet(StringComparer.Ordinal);
        return [.. Units.Where(wanted.Contains)];
    }
}
