using KubePivot.Configuration;

namespace KubePivot.Preflight;

/// <summary>Which nodes a port must be free on.</summary>
public enum PortPlace
{
    Everywhere,
    Masters,
    BootstrapMaster,
}

/// <summary>A TCP port that a node listens on.</summary>
/// <param name="Program">Whose it is, as the kernel names a process: at most 15 characters.</param>
public sealed record NodePort(int Number, string Program, PortPlace Place)
{
    public bool IsOn(Node node) => Place == PortPlace.Everywhere || (Place == PortPlace.Masters ? node.IsMaster : node.IsBootstrap);
}

/// <summary>All ports of a cluster's nodes.</summary>
public static class NodePorts
{
    private const string ControllerManager = "kube-controller";

    public static IReadOnlyList<NodePort> All { get; } =
    [
        new(Cluster.EtcdClientPort, "etcd", PortPlace.Masters),
        new(Cluster.EtcdPeerPort, "etcd", PortPlace.Masters),
        new(new Nodes.NodeLayout().EtcdHealthPort, "etcd", PortPlace.Masters),
        new(Cluster.ApiServerPort, "kube-apiserver", PortPlace.Masters),
        new(Cluster.TemporaryApiServerPort, "kube-apiserver", PortPlace.BootstrapMaster),
        new(Cluster.LoadBalancerPort, "haproxy", PortPlace.Everywhere),
        new(new Nodes.NodeLayout().KubeletHealthPort, "kubelet", PortPlace.Everywhere),
        new(10249, "kube-proxy", PortPlace.Everywhere),
        new(10250, "kubelet", PortPlace.Everywhere),
        new(10256, "kube-proxy", PortPlace.Everywhere),
        new(10257, ControllerManager, PortPlace.Masters),
        new(10259, "kube-scheduler", PortPlace.Masters),
        new(11257, ControllerManager, PortPlace.BootstrapMaster),
        new(11259, "kube-scheduler", PortPlace.BootstrapMaster),
    ];
}
