using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace KubePivot.Configuration;

/// <summary>
/// The cluster as it will be: what <see cref="ClusterSpec"/> says, and everything that follows from it
/// (addresses, endpoints, machine names). Pure: the same spec, file path and provider give the same cluster.
/// </summary>
public sealed class Cluster
{
    /// <summary>Port of the API servers on the masters.</summary>
    public const int ApiServerPort = 6443;

    /// <summary>
    /// Port of the temporary API server, while the self-hosted one takes over. Not the same port: of two servers that share one
    /// (<c>--permit-port-sharing</c>), each gets half of the connections from the moment in which it listens, seconds before it
    /// answers, and then answers 403 until it knows the roles.
    /// </summary>
    public const int TemporaryApiServerPort = 6444;

    /// <summary>Port of each node's own load balancer (haproxy), and of the virtual address.</summary>
    public const int LoadBalancerPort = 7443;

    public const int EtcdClientPort = 2379;

    public const int EtcdPeerPort = 2380;

    /// <summary>
    /// Where in the service range each Service of ours has its fixed address. All lie below 16, for the range may be a /28; from
    /// Kubernetes 1.26 on, that part of a range is handed out last to Services that ask for no address.
    /// </summary>
    private static readonly Dictionary<string, int> ServiceOffsets = new(StringComparer.Ordinal)
    {
        ["kubernetes"] = 1,
        ["kube-dns"] = 10,
        ["metrics-server"] = 11,
        ["kubernetes-dashboard"] = 12,
        ["default-backend"] = 13,
    };

    private readonly string identity;

    /// <param name="spec">A validated specification.</param>
    /// <param name="clusterFile">Full path of the file it came from: two clones on one machine are two clusters.</param>
    /// <param name="provider">The provider in use; never <see cref="MachineProvider.Auto"/>.</param>
    public Cluster(ClusterSpec spec, string clusterFile, MachineProvider provider)
    {
        if (provider == MachineProvider.Auto)
        {
            throw new ArgumentException("The provider must be resolved first.", nameof(provider));
        }

        Spec = spec;
        Provider = provider;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{spec.Name}\n{Path.GetFullPath(clusterFile)}"));
        identity = Convert.ToHexStringLower(hash)[..4];
        NodeNetwork = IPNetwork.Parse(spec.Network.NodeCidr ?? DerivedNodeCidr(provider, hash));
        PodNetwork = IPNetwork.Parse(spec.Network.PodCidr);
        ServiceNetwork = IPNetwork.Parse(spec.Network.ServiceCidr);
        Gateway = NodeNetwork.Address(1);
        VirtualAddress = spec.Network.VirtualAddress ?? NodeNetwork.Address(10);
        ApiServerServiceAddress = ServiceAddress("kubernetes");
        DnsServiceAddress = ServiceAddress("kube-dns");
        Nodes = [.. spec.Nodes.Select(node => new Node(this, node, AddressOf(node)))];
        Masters = [.. Nodes.Where(node => node.IsMaster)];
        Workers = [.. Nodes.Where(node => !node.IsMaster)];
        Bootstrap = Masters.FirstOrDefault(node => node.Spec.Bootstrap) ?? Masters[0];
    }

    public ClusterSpec Spec { get; }

    public MachineProvider Provider { get; }

    public string Name => Spec.Name;

    /// <summary>Name and four digits of a hash of name and file, unique enough for two clones on one machine: <c>tds-3fa1</c>.</summary>
    public string UniqueName => $"{Spec.Name}-{identity}";

    /// <summary>Name of the network bridge that the lxc provider's machines hang on; at most 15 characters (IFNAMSIZ).</summary>
    public string BridgeName => $"kp{identity}";

    public IReadOnlyList<Node> Nodes { get; }

    public IReadOnlyList<Node> Masters { get; }

    public IReadOnlyList<Node> Workers { get; }

    /// <summary>The master that the temporary control plane runs on.</summary>
    public Node Bootstrap { get; }

    public IPNetwork NodeNetwork { get; }

    public IPNetwork PodNetwork { get; }

    public IPNetwork ServiceNetwork { get; }

    /// <summary>First address of the nodes' network: the build host on its bridge.</summary>
    public string Gateway { get; }

    /// <summary>Address that moves among the masters (keepalived).</summary>
    public string VirtualAddress { get; }

    /// <summary>URL that the kubeconfig of people names: <c>https://VIP:7443</c>.</summary>
    public string ControlPlaneEndpoint => $"https://{VirtualAddress}:{LoadBalancerPort}";

    /// <summary>URL that kubelet and kube-proxy use: the load balancer of their own node.</summary>
    public string LocalEndpoint => $"https://127.0.0.1:{LoadBalancerPort}";

    /// <summary><c>.1</c> of the service range, the Service <c>kubernetes</c>.</summary>
    public string ApiServerServiceAddress { get; }

    /// <summary><c>.10</c> of the service range, cluster DNS.</summary>
    public string DnsServiceAddress { get; }

    /// <summary>The fixed address of a Service that we create, as in <c>kube-dns</c>.</summary>
    /// <exception cref="KeyNotFoundException">We create no such Service.</exception>
    public string ServiceAddress(string name) => ServiceNetwork.Address(ServiceOffsets[name]);

    /// <summary>Client URLs of all etcd members, in the order of the masters.</summary>
    public IEnumerable<string> EtcdEndpoints => Masters.Select(node => $"https://{node.Address}:{EtcdClientPort}");

    /// <summary>Names of the Services that have a fixed address, with it.</summary>
    public IReadOnlyDictionary<string, string> ServiceAddresses => ServiceOffsets.Keys.ToDictionary(name => name, ServiceAddress, StringComparer.Ordinal);

    public Node Node(string name) => Nodes.First(node => node.Name == name);

    /// <summary>The /24 of the pod range that a node's bridge hands out, chosen by the last octet of the node's address.</summary>
    internal string PodCidrOf(string address)
    {
        var octet = IPAddress.Parse(address).GetAddressBytes()[3];
        return $"{PodNetwork.Address(octet * 256)}/24";
    }

    /// <summary>VirtualBox allows host-only addresses in 192.168.56.0/21 only; elsewhere one of 16,384 networks in 10.64.0.0/10.</summary>
    private static string DerivedNodeCidr(MachineProvider provider, byte[] hash) => provider == MachineProvider.Virtualbox
        ? $"192.168.{56 + (hash[4] % 8)}.0/24"
        : $"10.{64 + (hash[4] % 64)}.{hash[5]}.0/24";

    /// <summary>
    /// Addresses follow from names (<c>master02</c> is .12, <c>worker01</c> is .101), so that adding or removing a node moves
    /// no other. A name that does not end in a number, or in one that another name of its role has too, counts by position.
    /// </summary>
    private string AddressOf(NodeSpec node)
    {
        if (node.Address != null)
        {
            return node.Address;
        }

        var peers = Spec.Nodes.Where(other => other.Role == node.Role).ToList();
        var numbers = peers.Select(peer => TrailingNumber(peer.Name)).ToList();
        var limit = node.Role == NodeRole.Master ? 89 : 154;
        var byName = numbers.All(number => number >= 1 && number <= limit) && numbers.Distinct().Count() == numbers.Count;
        var number = byName ? TrailingNumber(node.Name) : peers.IndexOf(node) + 1;
        return NodeNetwork.Address((node.Role == NodeRole.Master ? 10 : 100) + number);
    }

    private static int TrailingNumber(string name)
    {
        var digits = name[(name.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1)..];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
    }
}

/// <summary>A node of the cluster.</summary>
public sealed class Node
{
    private readonly Cluster cluster;

    internal Node(Cluster cluster, NodeSpec spec, string address)
    {
        this.cluster = cluster;
        Spec = spec;
        Address = address;
    }

    public NodeSpec Spec { get; }

    public string Name => Spec.Name;

    public string Address { get; }

    public bool IsMaster => Spec.Role == NodeRole.Master;

    public bool IsBootstrap => ReferenceEquals(cluster.Bootstrap, this);

    /// <summary>Host name with the cluster's domain, as in <c>master01.tdskubes.com</c>.</summary>
    public string FullName => $"{Name}.{cluster.Spec.Domain}";

    /// <summary>Name of the machine at the provider, unique on the build host: <c>tds-3fa1-master01</c>.</summary>
    public string MachineName => $"{cluster.UniqueName}-{Name}";

    /// <summary>Range of this node's pods with <c>cni: bridge</c>.</summary>
    public string PodCidr => cluster.PodCidrOf(Address);
}
