using KubePivot.Configuration;

namespace KubePivot.Pki;

/// <summary>The table of a cluster's certificates, in order: every issuer comes before its leaves.</summary>
/// <remarks>Subjects and groups that Kubernetes gives a meaning: https://kubernetes.io/docs/setup/best-practices/certificates/.</remarks>
public static class ClusterCertificates
{
    public const string ServiceAccount = "service-account";

    /// <summary>The authority of the API servers, the kubelets, and people.</summary>
    public const string KubeCa = "ca";

    private const string EtcdCa = "etcd-ca";
    private const string FrontProxyCa = "front-proxy-ca";

    /// <summary>Leading parts of the names of certificates that belong to one node.</summary>
    private static readonly string[] NodePrefixes = ["kubelet-client-", "kubelet-server-", "etcd-"];

    /// <summary>Names that begin like a node's, and belong to the cluster.</summary>
    private static readonly string[] NotNodes = [EtcdCa, Rotation.Next(EtcdCa), Rotation.Previous(EtcdCa), "etcd-client"];

    /// <summary>The table. Pure: the same cluster gives the same table.</summary>
    public static IReadOnlyList<CertificateSpec> Of(Cluster cluster) =>
    [
        Authority(cluster, KubeCa, "kube-ca"),
        Authority(cluster, EtcdCa, "etcd-ca"),
        Authority(cluster, FrontProxyCa, "front-proxy-ca"),
        new("apiserver", KubeCa, Ours(cluster, "kube-master", "kube-apiserver"), CertificateUse.Server, ApiServerNames(cluster)),

        // What the API servers show to kubelets; like the article's, in the group that may do everything.
        new("kubelet", KubeCa, new("/O=system:masters/CN=kube-apiserver-kubelet-client"), CertificateUse.Client, []),
        new("etcd-client", EtcdCa, Ours(cluster, "kube-master", "kube-apiserver-etcd-client"), CertificateUse.Client, []),

        // Its common name is what the API servers' --requestheader-allowed-names says.
        new("front-proxy-client", FrontProxyCa, Ours(cluster, "kube-master", "front-proxy-client"), CertificateUse.Client, []),

        // The API servers pass requests for metrics.k8s.io on to it, and call it by its Service's name.
        new("metrics-server", KubeCa, Ours(cluster, "kube-system", "metrics-server"), CertificateUse.Server, MetricsServerNames(cluster)),
        new("admin", KubeCa, new("/O=system:masters/CN=kubernetes-admin"), CertificateUse.Client, []),
        .. cluster.Nodes.SelectMany(node => OfNode(cluster, node)),
    ];

    /// <summary>Whether a name is that of a certificate of a node, there or removed since.</summary>
    internal static bool BelongsToNode(string name) =>
        !NotNodes.Contains(name) && NodePrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Whether files of a node of this name would be those of the cluster: <c>etcd-ca</c>, <c>etcd-client</c>.</summary>
    internal static bool IsReservedNodeName(string node) => NodePrefixes.Any(prefix => NotNodes.Contains(prefix + node));

    private static IEnumerable<CertificateSpec> OfNode(Cluster cluster, Node node)
    {
        // The node authorizer knows a kubelet by this name and group.
        var kubelet = new DistinguishedName($"/O=system:nodes/CN=system:node:{node.Name}");
        string[] names = [node.Name, node.FullName, node.Address];
        yield return new($"kubelet-client-{node.Name}", KubeCa, kubelet, CertificateUse.Client, []);
        yield return new($"kubelet-server-{node.Name}", KubeCa, kubelet, CertificateUse.Server, names);
        if (node.IsMaster)
        {
            yield return new($"etcd-{node.Name}", EtcdCa, Ours(cluster, "etcd", node.Name), CertificateUse.ServerAndClient, [.. names, "127.0.0.1", "localhost"]);
        }
    }

    private static CertificateSpec Authority(Cluster cluster, string name, string commonName) =>
        new(name, null, Ours(cluster, "bootkube", commonName), CertificateUse.Authority, []);

    /// <summary>A subject of the article's form.</summary>
    private static DistinguishedName Ours(Cluster cluster, string organization, string commonName) =>
        new($"{cluster.Spec.Pki.SubjectPrefix}/O={organization}/OU=IT/CN={commonName}");

    private static string[] ApiServerNames(Cluster cluster)
    {
        string[] names =
        [
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            $"kubernetes.default.svc.{cluster.Spec.Network.ClusterDomain}",
            .. cluster.Masters.SelectMany(master => new[] { master.Name, master.FullName, master.Address }),
            cluster.VirtualAddress,
            "127.0.0.1",
            "localhost",
            cluster.ApiServerServiceAddress,
            .. cluster.Spec.Pki.ExtraSans,
        ];
        return [.. names.Distinct(StringComparer.Ordinal)];
    }

    private static string[] MetricsServerNames(Cluster cluster) =>
    [
        "metrics-server",
        "metrics-server.kube-system",
        "metrics-server.kube-system.svc",
        $"metrics-server.kube-system.svc.{cluster.Spec.Network.ClusterDomain}",
        cluster.ServiceAddress("metrics-server"),
    ];
}
