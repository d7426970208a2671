using KubePivot.Configuration;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Configuration;

public class ClusterFileTests
{
    [Fact]
    public void An_empty_file_is_the_cluster_of_the_article()
    {
        var spec = ClusterFile.Parse("", "cluster.yaml");

        Assert.Equivalent(ClusterDefaults.Spec, spec, strict: true);
        Assert.Equal(["master01", "master02", "master03", "worker01"], spec.Nodes.Select(node => node.Name));
        Assert.Equal("master03", Assert.Single(spec.Nodes, node => node.Bootstrap).Name);
    }

    [Fact]
    public void The_file_of_the_checkout_says_what_the_defaults_are() =>
        Assert.Equivalent(ClusterDefaults.Spec, ClusterFile.Load(Path.Combine(Scenarios.Checkout.Root, "cluster.yaml")), strict: true);

    [Fact]
    public void Every_key_is_read()
    {
        var spec = ClusterFile.Parse(
            """
            name: acme
            domain: acme.example
            namespace: shop
            nodes:
              - { name: m1, role: master, bootstrap: true, address: 192.168.7.21, user: debian, key: ~/.ssh/acme, port: 2222 }
              - { name: w1, role: worker, address: 192.168.7.22 }
            network: { podCidr: 10.244.0.0/16, serviceCidr: 10.96.0.0/12, nodeCidr: 192.168.7.0/24, virtualAddress: 192.168.7.20, clusterDomain: k8s.acme, cni: bridge }
            kubernetes: { source: upstream, version: v1.31.2, bundle: images, images: { coredns: "mirror.acme.example:5000/coredns:v1.13.1" }, bootkubeImage: acme/bootkube:1 }
            machines: { provider: existing, box: acme/debian, cpus: 4, memoryMib: 4096 }
            pki: { keyAlgorithm: rsa-4096, caLifetime: 5y, leafLifetime: 90d, subjectPrefix: /C=DE/O=Acme, extraSans: [api.acme.example, "2001:db8::1", 203.0.113.7] }
            registries:
              mirrors: { registry.k8s.io: ["https://mirror.acme.example:5000", "https://cache.acme.example"], "*": ["https://cache.acme.example"] }
              mirrorsOnly: true
              credentials: { "mirror.acme.example:5000": { username: nodes, passwordFile: secrets/mirror } }
              authorities: { "mirror.acme.example:5000": certs/acme.pem }
            proxy: { http: "http://proxy.acme.example:3128", https: "http://proxy.acme.example:3129", noProxy: [.acme.example, 192.168.0.0/16] }
            addons: [kube-dns]
            dashboard: kubernetes-dashboard
            kubeSystemAdmin: false
            """,
            "cluster.yaml");

        Assert.Equivalent(
            new ClusterSpec
            {
                Name = "acme",
                Domain = "acme.example",
                Namespace = "shop",
                Nodes =
                [
                    new NodeSpec { Name = "m1", Role = NodeRole.Master, Bootstrap = true, Address = "192.168.7.21", SshUser = "debian", SshKeyFile = "~/.ssh/acme", SshPort = 2222 },
                    new NodeSpec { Name = "w1", Role = NodeRole.Worker, Address = "192.168.7.22" },
                ],
                Network = new NetworkSpec { PodCidr = "10.244.0.0/16", ServiceCidr = "10.96.0.0/12", NodeCidr = "192.168.7.0/24", VirtualAddress = "192.168.7.20", ClusterDomain = "k8s.acme", Cni = CniKind.Bridge },
                Kubernetes = new KubernetesSpec { Source = KubernetesSource.Upstream, Version = "v1.31.2", Bundle = "images", Images = new Dictionary<string, string> { ["coredns"] = "mirror.acme.example:5000/coredns:v1.13.1" }, BootkubeImage = "acme/bootkube:1" },
                Machines = new MachinesSpec { Provider = MachineProvider.Existing, Box = "acme/debian", Cpus = 4, MemoryMib = 4096 },
                Pki = new PkiSpec { KeyAlgorithm = KeyAlgorithm.Rsa4096, CaLifetime = TimeSpan.FromDays(1825), LeafLifetime = TimeSpan.FromDays(90), SubjectPrefix = "/C=DE/O=Acme", ExtraSans = ["api.acme.example", "2001:db8::1", "203.0.113.7"] },
                Registries = new RegistriesSpec
                {
                    Mirrors = new Dictionary<string, IReadOnlyList<string>> { ["registry.k8s.io"] = ["https://mirror.acme.example:5000", "https://cache.acme.example"], ["*"] = ["https://cache.acme.example"] },
                    MirrorsOnly = true,
                    Credentials = new Dictionary<string, RegistryAccount> { ["mirror.acme.example:5000"] = new("nodes", "secrets/mirror") },
                    Authorities = new Dictionary<string, string> { ["mirror.acme.example:5000"] = "certs/acme.pem" },
                },
                Proxy = new ProxySpec { Http = "http://proxy.acme.example:3128", Https = "http://proxy.acme.example:3129", NoProxy = [".acme.example", "192.168.0.0/16"] },
                Addons = ["kube-dns"],
                Dashboard = DashboardKind.KubernetesDashboard,
                KubeSystemAdmin = false,
            },
            spec,
            strict: true);
    }

    [Fact]
    public void A_long_value_is_cut_off_also_in_the_rules_that_quote_it()
    {
        var refusal = Assert.Throws<InvalidInputException>(() => ClusterFile.Parse($"name: {new string('x', 30_000)}\ndomain: {new string('y', 30_000)}\n", "cluster.yaml"));

        Assert.InRange(refusal.Message.Length, 1, 10_000);
    }

    [Fact]
    public void What_is_not_yaml_is_refused_with_line_and_column()
    {
        var refusal = Assert.Throws<InvalidInputException>(() => ClusterFile.Parse("name: tds\nnodes: [ {name: a\n", "cluster.yaml"));

        Assert.Matches(@"^cluster\.yaml is not YAML: line [23], column \d+: ", refusal.Message);
    }

    [Theory]
    [InlineData("name: a\nname: b\n", "line 2, column 1: Duplicate key")]
    [InlineData("just words", "must be a mapping")]
    [InlineData("- a\n- b\n", "must be a mapping")]
    [InlineData("name: a\n---\nname: b\n", "holds 2 YAML documents")]
    public void What_is_no_single_mapping_is_refused(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => ClusterFile.Parse(yaml, "cluster.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_is_refused_with_the_option_that_names_another() =>
        Assert.Contains("--cluster-file", Assert.Throws<InvalidInputException>(() => ClusterFile.Load("/nowhere/cluster.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_told_at_once_each_with_path_value_and_rule()
    {
        var refusal = Assert.Throws<InvalidInputException>(() => ClusterFile.Parse(
            """
            name: Tds_1
            nodse: []
            nodes:
              - { name: master01, role: master }
              - { name: master01, role: boss }
              - worker
            network: { podCidr: 10.3.0.0/16, cni: 7 }
            machines: { provider: lcx, cpus: "2" }
            pki: { caLifetime: 1y, leafLifetime: 2y }
            """,
            "cluster.yaml"));

        Assert.Equal(
            ["nodse", "nodes[1].role", "nodes[2]", "network.cni", "machines.provider", "machines.cpus", "name", "nodes[1].name", "network.podCidr", "pki.leafLifetime"],
            refusal.Problems.Select(problem => problem.Path));
        Assert.StartsWith("cluster.yaml has 10 problems; nothing was changed:", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("network.podCidr '10.3.0.0/16': overlaps network.serviceCidr '10.3.0.0/16': choose two ranges that share no address", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("machines.provider 'lcx': must be one of auto, virtualbox, libvirt, vmware_desktop, parallels, hyperv, lxc, existing; did you mean 'lxc'?", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("nodse: is not a known key (known here: name, domain, namespace, nodes, network, kubernetes, machines, pki, registries, proxy, addons, dashboard, kubeSystemAdmin); did you mean 'nodes'?", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_of_images_and_registries_are_told_at_once()
    {
        var refusal = Assert.Throws<InvalidInputException>(() => ClusterFile.Parse(
            """
            kubernetes: { images: { cordns: "a.example/b:1", pause: "a.example/pause", flannel: "a.example/flannel:latest", traefik: "traefik:v3" } }
            registries:
              mirrors: { docker.io: [mirror.example], ghcr.io: [] }
              credentials: { mirror.example: { username: "a:b", passwordFile: "" } }
            proxy: { https: "http://me:secret@proxy.example" }
            """,
            "cluster.yaml"));

        Assert.Equal(
            [
                "kubernetes.images[cordns]", "kubernetes.images[pause]", "kubernetes.images[flannel]", "kubernetes.images[traefik]", "registries.mirrors[docker.io][0]",
                "registries.mirrors[ghcr.io]", "registries.credentials[mirror.example].username", "registries.credentials[mirror.example].passwordFile", "proxy.https",
            ],
            refusal.Problems.Select(problem => problem.Path));
        Assert.Contains("did you mean 'coredns'?", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("kubernetes.images[pause] 'a.example/pause': must have a tag or a digest", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_the_command_line_are_checked_by_the_same_rules()
    {
        var overridden = ClusterDefaults.Spec with { Machines = ClusterDefaults.Spec.Machines with { Provider = MachineProvider.Existing } };

        var refusal = Assert.Throws<InvalidInputException>(() => ClusterValidation.ThrowIfInvalid(overridden, "cluster.yaml"));

        Assert.Contains(refusal.Problems, problem => problem.Path == "nodes[0].address");
        Assert.Equal(MachineProvider.Lxc, Choices.Provider.Parse("--provider", "lxc"));
        Assert.Contains("--provider 'lxd'", Assert.Throws<InvalidInputException>(() => Choices.Provider.Parse("--provider", "lxd")).Message, StringComparison.Ordinal);
    }
}
