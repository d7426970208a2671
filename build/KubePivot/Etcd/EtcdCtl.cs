using KubePivot.Commands;
using KubePivot.Nodes;

namespace KubePivot.Etcd;

/// <summary>etcdctl on a master, which shows the member's own certificate.</summary>
public static class EtcdCtl
{
    /// <summary>A command line for the node's sh.</summary>
    /// <param name="arguments">As in <c>member list</c>; each is quoted.</param>
    public static string CommandLine(NodeLayout layout, params IEnumerable<string> arguments) => string.Join(' ',
    [
        "ETCDCTL_API=3", "etcdctl", $"--endpoints=https://127.0.0.1:{layout.EtcdClientPort}", "--command-timeout=10s",
        .. new[] { ("cacert", "ca.crt"), ("cert", "server.crt"), ("key", "server.key") }.Select(option => LocalCommand.Quoted($"--{option.Item1}={layout.Root}/etc/etcd/pki/{option.Item2}")),
        .. arguments.Select(LocalCommand.Quoted),
    ]);
}
