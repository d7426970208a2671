namespace KubePivot.Machines;

/// <summary>Debian packages that a node needs.</summary>
public static class NodePackages
{
    public static IReadOnlyList<string> All { get; } =
    [
        "ca-certificates", "conntrack", "containerd", "containernetworking-plugins", "etcd-client", "etcd-server", "ethtool", "haproxy",
        "iproute2", "iptables", "keepalived", "kmod", "runc", "socat", "sudo",
    ];
}
