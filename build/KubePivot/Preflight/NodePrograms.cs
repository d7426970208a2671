namespace KubePivot.Preflight;

/// <summary>A program that a node must have before the build brings its own.</summary>
/// <param name="Package">Debian's package that has it.</param>
/// <param name="MastersOnly">Workers need it not.</param>
/// <param name="IsOptional">Without it, something small does not work.</param>
public sealed record NodeProgramNeed(string Name, string Package, bool MastersOnly = false, bool IsOptional = false);

/// <summary>All of them. What Kubernetes itself asks for is what kubeadm's preflight looks for.</summary>
public static class NodePrograms
{
    public static IReadOnlyList<NodeProgramNeed> All { get; } =
    [
        new("conntrack", "conntrack"),
        new("containerd", "containerd"),
        new("etcd", "etcd-server", MastersOnly: true),
        new("ethtool", "ethtool", IsOptional: true),
        new("haproxy", "haproxy"),
        new("ip", "iproute2"),
        new("iptables", "iptables"),
        new("keepalived", "keepalived", MastersOnly: true),
        new("modprobe", "kmod"),
        new("mount", "mount"),
        new("nsenter", "util-linux"),
        new("runc", "runc"),
        new("socat", "socat", IsOptional: true),
        new("ss", "iproute2"),
        new("tar", "tar"),
    ];
}
