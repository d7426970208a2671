namespace KubePivot.Nodes;

/// <summary>Where things are on a node. The defaults are a real node's; tests have a root and ports of their own.</summary>
/// <param name="Root">Put before every path; empty: the node's root folder.</param>
/// <param name="KubeletHealthPort">Port of the kubelet's <c>/healthz</c> on loopback; the kubelet's default is 10248.</param>
/// <param name="EtcdHealthPort">Port of etcd's <c>/health</c> on loopback (<c>listen-metrics-urls</c> in etcd.yaml).</param>
/// <param name="EtcdClientPort">Port of etcd's clients, with TLS; etcd's default is 2379.</param>
public sealed record NodeLayout(string Root = "", int KubeletHealthPort = 10248, int EtcdHealthPort = 2381, int EtcdClientPort = 2379)
{
    /// <summary>The record of what the build has put onto the node, below <see cref="Root"/>.</summary>
    public const string Applied = "/var/lib/kubepivot/applied";
}
