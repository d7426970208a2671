using System.Collections.Concurrent;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Kubernetes;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Tests.Assets;

/// <summary>What holds for every add-on, whatever it does.</summary>
public class AddonsTests
{
    private static readonly ConcurrentDictionary<DashboardKind, Lazy<RenderedCluster>> Rendered = new();

    public static TheoryData<string, DashboardKind> Addons { get; } = new(
        from addon in KnownAddons.All
        from dashboard in Enum.GetValues<DashboardKind>()
        where dashboard == DashboardKind.Headlamp || addon == "kube-dashboard"
        select new TheoryDataRow<string, DashboardKind>(addon, dashboard));

    [Theory]
    [MemberData(nameof(Addons))]
    public void Every_container_has_requests_and_limits(string addon, DashboardKind dashboard)
    {
        foreach (var container in Pods(addon, dashboard).SelectMany(pod => Manifests.Items(pod, "containers").Concat(Manifests.Items(pod, "initContainers"))))
        {
            Assert.All(
                from bound in new[] { "requests", "limits" }
                from resource in new[] { "cpu", "memory" }
                select Manifests.Text(container, "resources", bound, resource),
                quantity => Assert.NotEmpty(quantity));
        }
    }

    [Theory]
    [MemberData(nameof(Addons))]
    public void Every_container_is_probed(string addon, DashboardKind dashboard)
    {
        foreach (var container in Pods(addon, dashboard).SelectMany(pod => Manifests.Items(pod, "containers")))
        {
            if (addon == "pod-checkpointer")
            {
                // Nobody asks it anything, and two of it on one network have no port to be asked on.
                Assert.NotNull(Manifests.Find(container, "livenessProbe", "exec"));
                continue;
            }

            Assert.NotNull(Manifests.Find(container, "readinessProbe", "httpGet"));
            Assert.NotNull(Manifests.Find(container, "livenessProbe", "httpGet"));
        }
    }

    [Theory]
    [MemberData(nameof(Addons))]
    public void Every_container_has_no_more_rights_on_its_node_than_its_job_needs(string addon, DashboardKind dashboard)
    {
        foreach (var pod in Pods(addon, dashboard))
        {
            Assert.Equal("RuntimeDefault", Manifests.Text(pod, "securityContext", "seccompProfile", "type"));
            Assert.Equal(addon is not ("kube-flannel" or "pod-checkpointer"), Manifests.Text(pod, "securityContext", "runAsNonRoot") == "true");
            Assert.Equal(addon is "kube-flannel" or "pod-checkpointer", Manifests.Text(pod, "hostNetwork") == "true");
            foreach (var container in Manifests.Items(pod, "containers").Concat(Manifests.Items(pod, "initContainers")))
            {
                var name = Manifests.Text(container, "name");
                Assert.Equal("false", Manifests.Text(container, "securityContext", "allowPrivilegeEscalation"));
                Assert.Equal("", Manifests.Text(container, "securityContext", "privileged"));
                Assert.Equal(["ALL"], Manifests.Texts((YamlMappingNode)Manifests.Find(container, "securityContext", "capabilities")!, "drop"));
                Assert.Equal(
                    name switch
                    {
                        "kube-flannel" => ["NET_ADMIN", "NET_RAW"],
                        "coredns" => ["NET_BIND_SERVICE"],
                        "pod-checkpointer" => ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
                        _ => [],
                    },
                    Manifests.Texts((YamlMappingNode)Manifests.Find(container, "securityContext", "capabilities")!, "add"));
                Assert.Equal(name is not ("kube-flannel" or "headlamp"), Manifests.Text(container, "securityContext", "readOnlyRootFilesystem") == "true");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Addons))]
    public void Every_pod_has_a_priority_and_an_account_of_its_own(string addon, DashboardKind dashboard)
    {
        var objects = Objects(addon, dashboard);
        var accounts = objects.Where(found => Manifests.Text(found, "kind") == "ServiceAccount").Select(Manifests.Name).ToList();
        foreach (var pod in Pods(addon, dashboard))
        {
            Assert.Matches("^system-(cluster|node)-critical$", Manifests.Text(pod, "priorityClassName"));
            Assert.Contains(Manifests.Text(pod, "serviceAccountName"), accounts);
        }

        Assert.All(
            objects.Where(found => Manifests.Text(found, "kind").EndsWith("RoleBinding", StringComparison.Ordinal)).SelectMany(binding => Manifests.Items(binding, "subjects")),
            subject => Assert.Contains(Manifests.Text(subject, "name"), accounts));
        Assert.DoesNotContain("cluster-admin", objects.Select(found => Manifests.Text(found, "roleRef", "name")));
    }

    [Theory]
    [MemberData(nameof(Addons))]
    public void Every_selector_finds_the_pods_of_its_add_on(string addon, DashboardKind dashboard)
    {
        var objects = Objects(addon, dashboard);
        var labels = objects.Where(found => Manifests.PodOf(found) != null).Select(found => Labels(found, "spec", "template", "metadata", "labels")).ToList();
        var selectors = objects.Select(found => Manifests.Text(found, "kind") switch
        {
            "Service" => Labels(found, "spec", "selector"),
            "Deployment" or "DaemonSet" or "PodDisruptionBudget" => Labels(found, "spec", "selector", "matchLabels"),
            _ => null,
        }).OfType<Dictionary<string, string>>().ToList();
        Assert.NotEmpty(selectors);
        Assert.All(selectors, selector => Assert.Contains(labels, pod => selector.All(pair => pod.GetValueOrDefault(pair.Key) == pair.Value)));
    }

    [Fact]
    public void Every_service_has_the_fixed_address_that_the_cluster_gives_it()
    {
        var cluster = Scenarios.ThreeAndOne();
        var services = Manifests.Objects(Render(cluster)).Where(found => Manifests.Text(found, "kind") == "Service").ToDictionary(Manifests.Name, found => Manifests.Text(found, "spec", "clusterIP"));
        Assert.Equal(["default-backend", "kube-dns", "kubernetes-dashboard", "metrics-server"], services.Keys.Order(StringComparer.Ordinal));
        Assert.All(services, service => Assert.Equal(cluster.ServiceAddress(service.Key), service.Value));
        Assert.Equal(("10.3.0.1", "10.3.0.10"), (cluster.ApiServerServiceAddress, cluster.DnsServiceAddress));
    }

    [Fact]
    public void All_fixed_addresses_fit_into_the_smallest_service_range()
    {
        var spec = ClusterDefaults.Spec with { Network = ClusterDefaults.Spec.Network with { ServiceCidr = "10.3.0.0/28" } };
        var addresses = new Cluster(spec, "/clusters/cluster.yaml", MachineProvider.Lxc).ServiceAddresses.Values.ToList();
        Assert.Equal(addresses.Count, addresses.Distinct().Count());
        Assert.DoesNotContain("10.3.0.0", addresses);
        Assert.DoesNotContain("10.3.0.15", addresses);
    }

    [Fact]
    public void Names_are_answered_twice_and_on_two_nodes()
    {
        var deployment = Objects("kube-dns").Single(found => Manifests.Text(found, "kind") == "Deployment");
        Assert.Equal("2", Manifests.Text(deployment, "spec", "replicas"));
        var spread = Manifests.Items(Manifests.PodOf(deployment)!, "topologySpreadConstraints").Single();
        Assert.Equal(("1", "kubernetes.io/hostname", "DoNotSchedule"), (Manifests.Text(spread, "maxSkew"), Manifests.Text(spread, "topologyKey"), Manifests.Text(spread, "whenUnsatisfiable")));
    }

    [Fact]
    public void The_kubelets_certificates_are_verified()
    {
        var arguments = Manifests.Texts(Manifests.Items(Pods("metrics-server", DashboardKind.Headlamp).Single(), "containers").Single(), "args").ToList();
        Assert.Contains("--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", arguments);
        Assert.DoesNotContain(arguments, argument => argument.Contains("insecure", StringComparison.Ordinal));
    }

    [Fact]
    public void The_certificate_that_metrics_server_shows_is_the_clusters_and_is_verified()
    {
        var objects = Objects("metrics-server");
        var api = (YamlMappingNode)objects.Single(found => Manifests.Text(found, "kind") == "APIService")["spec"];
        Assert.Equal("certificate of ca\n", FromBase64(Manifests.Text(api, "caBundle")));
        Assert.Equal("", Manifests.Text(api, "insecureSkipTLSVerify"));

        var secret = objects.Single(found => Manifests.Text(found, "kind") == "Secret");
        Assert.Equal("certificate of metrics-server\n", FromBase64(Manifests.Text(secret, "data", "tls.crt")));
        var pod = Pods("metrics-server", DashboardKind.Headlamp).Single();
        var container = Manifests.Items(pod, "containers").Single();
        var folder = Manifests.Text(Manifests.Items(container, "volumeMounts").Single(), "mountPath");
        Assert.Equal(Manifests.Name(secret), Manifests.Text(Manifests.Items(pod, "volumes").Single(), "secret", "secretName"));
        Assert.Subset(
            Manifests.Texts(container, "args").ToHashSet(),
            new HashSet<string> { $"--tls-cert-file={folder}/tls.crt", $"--tls-private-key-file={folder}/tls.key" });
    }

    [Fact]
    public void A_new_certificate_of_metrics_server_is_a_new_pod_and_the_same_one_is_not()
    {
        static string Annotation(string certificate) => Manifests.Text(
            Manifests.OfFile(RenderedCluster.Render(Scenarios.Checkout, Scenarios.Catalogue, Scenarios.ThreeAndOne(), Scenarios.Upstream, Scenarios.FakePki with { Certificate = name => $"{certificate} {name}" }), "metrics-server")
                .Single(found => Manifests.Text(found, "kind") == "Deployment"),
            "spec", "template", "metadata", "annotations", "checksum/certificate");
        Assert.NotEqual(Annotation("old"), Annotation("new"));
        Assert.Equal(Annotation("old"), Annotation("old"));
    }

    [Fact]
    public void Flannel_is_asked_for_nothing_that_older_ones_do_not_answer()
    {
        var container = Manifests.Items(Pods("kube-flannel", DashboardKind.Headlamp).Single(), "containers").Single();
        Assert.Equal("/healthz", Manifests.Text(container, "readinessProbe", "httpGet", "path"));
    }

    [Theory]
    [InlineData(DashboardKind.Headlamp)]
    [InlineData(DashboardKind.KubernetesDashboard)]
    public void The_dashboard_is_behind_the_address_that_PrintToken_prints(DashboardKind dashboard)
    {
        var service = Objects("kube-dashboard", dashboard).Single(found => Manifests.Text(found, "kind") == "Service");
        Assert.Equal((Access.DashboardService, "kube-system"), (Manifests.Name(service), Manifests.Text(service, "metadata", "namespace")));

        // The address names no port, so there must be one alone, and that without a name.
        Assert.Equal("", Manifests.Text(Manifests.Items((YamlMappingNode)service["spec"], "ports").Single(), "name"));
        if (dashboard == DashboardKind.Headlamp)
        {
            var headlamp = Manifests.Items(Pods("kube-dashboard", dashboard).Single(), "containers").First();
            Assert.Contains($"-base-url={new Uri(Access.DashboardAddress).AbsolutePath.TrimEnd('/')}", Manifests.Texts(headlamp, "args"));
        }
    }

    [Fact]
    public void Traefik_beside_Headlamp_reads_its_one_file_and_not_the_folder_in_which_a_ConfigMap_has_it_twice()
    {
        var pod = Pods("kube-dashboard", DashboardKind.Headlamp).Single();
        var arguments = Manifests.Texts(Manifests.Items(pod, "containers").Single(container => Manifests.Text(container, "name") == "traefik"), "args").ToList();
        var path = Objects("kube-dashboard").Single(found => Manifests.Text(found, "kind") == "ConfigMap");
        var file = Assert.Single(((YamlMappingNode)path["data"]).Children.Keys).ToString();
        Assert.Contains($"--providers.file.filename=/etc/traefik/dynamic/{file}", arguments);
        Assert.DoesNotContain(arguments, argument => argument.StartsWith("--providers.file.directory", StringComparison.Ordinal));
    }

    [Fact]
    public void Neither_dashboard_has_the_account_of_the_other()
    {
        static string Account(DashboardKind dashboard) => Manifests.Text(Pods("kube-dashboard", dashboard).Single(), "serviceAccountName");
        Assert.NotEqual(Account(DashboardKind.Headlamp), Account(DashboardKind.KubernetesDashboard));
        Assert.DoesNotContain(Objects("kube-dashboard"), found => Manifests.Text(found, "kind").EndsWith("Binding", StringComparison.Ordinal));
    }

    [Fact]
    public void The_ingress_controller_is_on_the_workers_ports_and_sends_what_nobody_asked_for_to_the_default_backend()
    {
        var objects = Objects("ingress-controller");
        var pod = Pods("ingress-controller", DashboardKind.Headlamp).Single();
        Assert.Equal(["80", "443"], Manifests.Items(Manifests.Items(pod, "containers").Single(), "ports").Select(port => Manifests.Text(port, "hostPort")));
        Assert.Empty(Manifests.Items(pod, "tolerations"));
        var ingress = objects.Single(found => Manifests.Text(found, "kind") == "Ingress");
        Assert.Equal("default-backend", Manifests.Text(ingress, "spec", "defaultBackend", "service", "name"));
        Assert.Equal(Manifests.Name(objects.Single(found => Manifests.Text(found, "kind") == "IngressClass")), Manifests.Text(ingress, "spec", "ingressClassName"));
    }

    [Fact]
    public void Where_there_are_no_workers_masters_carry_what_workers_would()
    {
        var cluster = new Cluster(Scenarios.OneAndNone().Spec with { Addons = KnownAddons.All }, "/clusters/cluster.yaml", MachineProvider.Lxc);
        var rendered = Render(cluster);
        foreach (var addon in new[] { "default-backend", "ingress-controller", "kube-dashboard", "kube-dns", "metrics-server" })
        {
            var pod = Manifests.OfFile(rendered, addon).Select(Manifests.PodOf).OfType<YamlMappingNode>().Single();
            Assert.Contains("node-role.kubernetes.io/control-plane", Manifests.Items(pod, "tolerations").Select(toleration => Manifests.Text(toleration, "key")));
        }
    }

    [Fact]
    public void The_wide_role_binding_can_be_switched_off()
    {
        static bool IsWide(YamlMappingNode found) => Manifests.Text(found, "roleRef", "name") == "cluster-admin" && Manifests.Items(found, "subjects").Any(subject => Manifests.Text(subject, "name") == "default");
        Assert.Contains(Manifests.Objects(Render(Scenarios.ThreeAndOne())), found => IsWide(found));
        var without = Manifests.Objects(Render(Scenarios.With(spec => spec with { KubeSystemAdmin = false }))).ToList();
        Assert.DoesNotContain(without, found => IsWide(found));
        Assert.Contains(without, found => Manifests.Name(found) == "admin-user");
    }

    [Fact]
    public void No_pod_of_the_cluster_runs_under_the_default_account_with_its_token()
    {
        foreach (var pod in Manifests.Objects(Render(Scenarios.ThreeAndOne())).Select(Manifests.PodOf).OfType<YamlMappingNode>())
        {
            Assert.True(Manifests.Text(pod, "serviceAccountName").Length > 0 || Manifests.Text(pod, "automountServiceAccountToken") == "false");
        }
    }

    [Theory]
    [InlineData(CniKind.Auto, "flannel", true)]
    [InlineData(CniKind.Flannel, "flannel", true)]
    [InlineData(CniKind.Bridge, "bridge", false)]
    public void The_pod_network_is_flannel_unless_cluster_yaml_says_bridge(CniKind cni, string type, bool installed)
    {
        var rendered = Render(Scenarios.ThreeAndOne(cni: cni));
        Assert.Equal(installed, rendered.Assets.Any(asset => asset.Path == "manifests/kube-flannel.yaml"));
        Assert.Empty(rendered.LeftOut);
        Assert.All(rendered.Nodes.Values, tree => Assert.Contains($"\"type\": \"{type}\"", tree.Single(file => file.Path == "etc/cni/net.d/10-kubepivot.conflist").Content, StringComparison.Ordinal));
        Assert.All(rendered.Nodes.Values, tree => Assert.Equal(installed, !tree.Single(file => file.Path.EndsWith("set-routes", StringComparison.Ordinal)).Content.Contains("ip route replace", StringComparison.Ordinal)));
        Assert.Contains($"--allocate-node-cidrs={(installed ? "true" : "false")}\n", rendered.Assets.Single(asset => asset.Path == "manifests/kube-controller-manager.yaml").Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CniKind.Flannel)]
    [InlineData(CniKind.Bridge)]
    public void What_is_meant_for_a_service_never_leaves_a_node_for_the_outside(CniKind cni)
    {
        var trees = Render(Scenarios.ThreeAndOne(cni: cni)).Nodes.Values;
        Assert.All(trees, tree => Assert.Matches(
            @"service=\(POSTROUTING --destination 10\.3\.0\.0/16\s[^)]+ --jump DROP\)\niptables .* --append ""\$\{service\[@\]\}""\n",
            tree.Single(file => file.Path.EndsWith("set-routes", StringComparison.Ordinal)).Content));
    }

    [Fact]
    public void Without_the_add_on_kube_flannel_auto_is_bridge()
    {
        var rendered = Render(Scenarios.With(spec => spec with { Addons = ["kube-dns"] }));
        Assert.Contains("\"type\": \"bridge\"", rendered.Nodes["worker01"].Single(file => file.Path == "etc/cni/net.d/10-kubepivot.conflist").Content, StringComparison.Ordinal);
        Assert.Empty(rendered.LeftOut);
        Assert.DoesNotContain(rendered.Assets, asset => asset.Path is "manifests/kube-flannel.yaml" or "manifests/metrics-server.yaml");
    }

    [Fact]
    public void A_bundle_that_holds_some_images_brings_their_add_ons_and_the_others_are_named()
    {
        string[] held = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "pause", "flannel", "flannel-cni-plugin", "coredns"];
        var release = new KubernetesRelease("v1.20.2", KubernetesSource.Bundle) { Images = held.ToDictionary(component => component, component => $"acme/{component}:1") };

        var rendered = RenderedCluster.Render(Scenarios.Checkout, Scenarios.Catalogue, Scenarios.ThreeAndOne(), release, Scenarios.FakePki);

        Assert.Equal(["default-backend", "ingress-controller", "kube-dashboard", "metrics-server"], rendered.LeftOut.Select(addon => addon.Name));
        Assert.Equal([KubernetesSource.Upstream, KubernetesSource.Debian], rendered.LeftOut[0].Sources);
        Assert.Contains("To have ingress-controller, kube-dashboard, metrics-server, set kubernetes.source to upstream, or take a bundle that holds them.", LeftOutAddon.Words(release, rendered.LeftOut), StringComparison.Ordinal);
        Assert.Contains("image: acme/coredns:1\n", rendered.Assets.Single(asset => asset.Path == "manifests/kube-dns.yaml").Content, StringComparison.Ordinal);
        Assert.Contains("image: acme/flannel-cni-plugin:1\n", rendered.Assets.Single(asset => asset.Path == "manifests/kube-flannel.yaml").Content, StringComparison.Ordinal);
    }

    private static RenderedCluster Render(Cluster cluster) => RenderedCluster.Render(Scenarios.Checkout, Scenarios.Catalogue, cluster, Scenarios.Upstream, Scenarios.FakePki);

    private static List<YamlMappingNode> Objects(string addon, DashboardKind dashboard = DashboardKind.Headlamp) =>
        [.. Manifests.OfFile(Rendered.GetOrAdd(dashboard, kind => new(() => Render(Scenarios.With(spec => spec with { Dashboard = kind })))).Value, addon)];

    private static List<YamlMappingNode> Pods(string addon, DashboardKind dashboard) => [.. Objects(addon, dashboard).Select(Manifests.PodOf).OfType<YamlMappingNode>()];

    private static string FromBase64(string text) => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(text));

    private static Dictionary<string, string> Labels(YamlMappingNode found, params string[] path) =>
        ((YamlMappingNode)Manifests.Find(found, path)!).ToDictionary(pair => pair.Key.ToString(), pair => pair.Value.ToString());
}
