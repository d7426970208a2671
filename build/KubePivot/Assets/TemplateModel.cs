using KubePivot.Configuration;
using KubePivot.Kubernetes;
using KubePivot.Pki;
using Scriban.Runtime;

namespace KubePivot.Assets;

/// <summary>
/// The names that templates may use: <c>cluster</c>, <c>release</c>, <c>services</c>, <c>ports</c>, <c>proxy</c>, <c>credentials</c>,
/// <c>encryption</c>, <c>bootstrap</c>, <c>masters</c>, <c>nodes</c>, <c>node</c>; and below certs.d <c>registry</c>, <c>subject</c>.
/// Written out by hand: no reflection at run time, and this file is the list to read when writing a template.
/// </summary>
public sealed class TemplateModel
{
    private readonly Cluster cluster;
    private readonly ScriptObject shared;
    private readonly Dictionary<string, StrictObject> nodes;
    private readonly Dictionary<string, StrictObject> registries;

    public TemplateModel(Cluster cluster, KubernetesRelease release, ReleaseCatalogue catalogue, bool bridge, EncryptionKeys encryption)
    {
        this.cluster = cluster;
        nodes = cluster.Nodes.ToDictionary(node => node.Name, NodeObject, StringComparer.Ordinal);
        registries = RegistryHosts.Of(cluster.Spec.Registries).ToDictionary(host => host.Folder, RegistryObject, StringComparer.Ordinal);
        shared = new StrictObject("the model")
        {
            ["cluster"] = ClusterObject(bridge),
            ["release"] = ReleaseObject(release, catalogue),
            ["services"] = ServicesObject(),
            ["ports"] = new StrictObject("ports")
            {
                ["api_server"] = Cluster.ApiServerPort,
                ["temporary_api_server"] = Cluster.TemporaryApiServerPort,
                ["load_balancer"] = Cluster.LoadBalancerPort,
                ["etcd_client"] = Cluster.EtcdClientPort,
                ["etcd_peer"] = Cluster.EtcdPeerPort,
            },
            ["proxy"] = ProxyObject(),
            ["credentials"] = new ScriptArray(cluster.Spec.Registries.Credentials.Keys.Order(StringComparer.Ordinal).Select(host => new StrictObject("credentials")
            {
                ["host"] = host,
                ["api_host"] = RegistryHosts.ApiHost(host),
            })),
            ["encryption"] = new StrictObject("encryption")
            {
                // Secrets are written as they are, until every API server knows the key.
                ["writes_plain_text"] = encryption.Write.IsIdentity,
                ["keys"] = new ScriptArray(encryption.InUse.Select(key => key.Name)),
            },
            ["bootstrap"] = nodes[cluster.Bootstrap.Name],
            ["masters"] = new ScriptArray(cluster.Masters.Select(node => nodes[node.Name])),
            ["nodes"] = new ScriptArray(cluster.Nodes.Select(node => nodes[node.Name])),
        };
    }

    /// <summary>The names for the tree of one node; the asset tree is the bootstrap master's.</summary>
    /// <param name="subject">See <see cref="TemplateFile.Subject"/>.</param>
    internal ScriptObject For(Node node, string? subject = null)
    {
        var names = new StrictObject("the model");
        foreach (var (name, value) in shared)
        {
            names[name] = value;
        }

        names["node"] = nodes[node.Name];
        if (subject != null)
        {
            names["subject"] = subject;
            names["registry"] = registries.GetValueOrDefault(subject);
        }

        return names;
    }

    private StrictObject ClusterObject(bool bridge) => new("cluster")
    {
        ["name"] = cluster.Name,
        ["unique_name"] = cluster.UniqueName,
        ["namespace"] = cluster.Spec.Namespace,
        ["cluster_domain"] = cluster.Spec.Network.ClusterDomain,
        ["pod_cidr"] = cluster.PodNetwork.ToString(),
        ["service_cidr"] = cluster.ServiceNetwork.ToString(),
        ["dns_address"] = cluster.DnsServiceAddress,
        ["virtual_address"] = cluster.VirtualAddress,

        // 1 to 255, and unique among the clusters of one network: so is the last part of the virtual address.
        ["virtual_router_id"] = Math.Max(1, int.Parse(cluster.VirtualAddress[(cluster.VirtualAddress.LastIndexOf('.') + 1)..])),
        ["endpoint"] = cluster.ControlPlaneEndpoint,
        ["local_endpoint"] = cluster.LocalEndpoint,
        ["etcd_endpoints"] = string.Join(',', cluster.EtcdEndpoints),
        ["master_count"] = cluster.Masters.Count,
        ["worker_count"] = cluster.Workers.Count,
        ["dashboard"] = Choices.Dashboard.NameOf(cluster.Spec.Dashboard),
        ["dashboard_path"] = Access.DashboardPath,
        ["kube_system_admin"] = cluster.Spec.KubeSystemAdmin,
        ["bootkube_image"] = cluster.Spec.Kubernetes.BootkubeImage,
        ["bridge"] = bridge,
        ["lxc"] = cluster.Provider == MachineProvider.Lxc,

        // systemd of a container does not own the control groups; that of a machine does.
        ["cgroup_driver"] = cluster.Provider == MachineProvider.Lxc ? "cgroupfs" : "systemd",
    };

    /// <summary>The fixed addresses of our Services, as in <c>services.kube_dns</c>.</summary>
    private StrictObject ServicesObject()
    {
        var names = new StrictObject("services");
        foreach (var (name, address) in cluster.ServiceAddresses)
        {
            names[name.Replace('-', '_')] = address;
        }

        return names;
    }

    private StrictObject ProxyObject() => new("proxy")
    {
        ["http"] = cluster.Spec.Proxy.Http,
        ["https"] = cluster.Spec.Proxy.Https,

        // The cluster's own, which no proxy can reach, first.
        ["exceptions"] = string.Join(',', (string[])
        [
            "localhost", "127.0.0.0/8", cluster.NodeNetwork.ToString(), cluster.PodNetwork.ToString(), cluster.ServiceNetwork.ToString(),
            ".svc", $".{cluster.Spec.Network.ClusterDomain}", $".{cluster.Spec.Domain}", .. cluster.Spec.Proxy.NoProxy,
        ]),
    };

    private static StrictObject RegistryObject(RegistryHost host) => new("registry")
    {
        ["server"] = host.Server,
        ["authority"] = host.Authority == null ? null : RegistryHosts.FolderOf(host.Authority),
        ["endpoints"] = new ScriptArray(host.Endpoints.Select(endpoint => new StrictObject("endpoint")
        {
            ["url"] = endpoint.Url,
            ["authority"] = endpoint.Authority == null ? null : RegistryHosts.FolderOf(endpoint.Authority),
            ["override_path"] = endpoint.OverridePath,
        })),
    };

    private static StrictObject ReleaseObject(KubernetesRelease release, ReleaseCatalogue catalogue)
    {
        var names = new StrictObject("release") { ["version"] = release.Version };
        foreach (var (name, value) in catalogue.Switches(release))
        {
            names[name] = value;
        }

        return names;
    }

    private StrictObject NodeObject(Node node) => new("node")
    {
        ["name"] = node.Name,
        ["address"] = node.Address,
        ["pod_cidr"] = node.PodCidr,
        ["is_master"] = node.IsMaster,

        // Place among the nodes of its role, from 0.
        ["index"] = (node.IsMaster ? cluster.Masters : cluster.Workers).ToList().IndexOf(node),
    };
}
