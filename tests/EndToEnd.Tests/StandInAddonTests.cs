using System.Net;
using System.Text.Json;
using KubePivot.Commands;
using KubePivot.Kubernetes;

namespace KubePivot.EndToEnd;

/// <summary>
/// A small cluster with stand-ins in the places of Traefik, Headlamp and the article's dashboard, whose images cannot be had
/// everywhere. So this proves what is ours about them: where they run and as whom, their mounts, ports, probes and rights, and the
/// ways to them. It proves nothing about the programs. The tests follow each other in the order of the file.
/// </summary>
[Collection(ThrowAwayCluster.OneAtATime)]
[TestMethodOrderer(typeof(InOrderOfAppearance))]
public sealed class StandInAddonTests(ClusterOfStandIns standIns, HostBefore before) : IClassFixture<HostBefore>, IClassFixture<ClusterOfStandIns>
{
    private const string System = "/api/v1/namespaces/kube-system";

    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";

    private const string Networking = "/apis/networking.k8s.io/v1";

    private static readonly StandIn Traefik = new(
        "k8s-app=ingress-controller", "traefik", (65532, 65532), ["/tmp"], [], RootIsReadOnly: true, ["200 GET /ping on 9000 by http"]);

    private static readonly StandIn Headlamp = new(
        "k8s-app=kubernetes-dashboard", "headlamp", (100, 101), [], [], RootIsReadOnly: false, [$"200 GET {Access.DashboardPath}/ on 4466 by http"]);

    private static readonly StandIn TraefikOfHeadlamp = new(
        "k8s-app=kubernetes-dashboard", "traefik", (65532, 65532), ["/tmp"], ["/etc/traefik/dynamic"], RootIsReadOnly: true,
        ["200 GET / on 8443 by https", "200 GET /ping on 9000 by http"]);

    private static readonly StandIn ArticlesDashboard = new(
        "k8s-app=kubernetes-dashboard", "kubernetes-dashboard", (1001, 2001), ["/tmp"], ["/certs"], RootIsReadOnly: true, ["200 GET / on 8443 by https"]);

    /// <summary>What no add-on's account may do. A server that allowed one of these would only say what it would have done.</summary>
    private static readonly string[] Dangerous =
    [
        $"POST {Rbac}/clusterrolebindings?dryRun=All",
        $"POST {Rbac}/clusterroles?dryRun=All",
        $"POST {Rbac}/namespaces/kube-system/rolebindings?dryRun=All",
        $"POST {System}/serviceaccounts/admin-user/token?dryRun=All",
        $"POST {System}/pods?dryRun=All",
        $"POST {System}/secrets?dryRun=All",
        $"DELETE {System}/secrets/kube-apiserver?dryRun=All",
        "DELETE /api/v1/nodes/worker01?dryRun=All",
        $"GET {System}/configmaps?limit=1",
        "GET /api/v1/pods?limit=1",
        "GET /api/v1/nodes/worker01/proxy/pods",
    ];

    private readonly ThrowAwayCluster cluster = standIns.Cluster;

    [Fact]
    public async Task A_bundle_with_stand_ins_for_Traefik_and_the_dashboards_brings_a_cluster_with_these_add_ons()
    {
        NeedsRealMachines();
        await standIns.MakeBundleAsync();
        await cluster.EditClusterFileAsync("  - { name: master01, role: master }\n  - { name: master02, role: master }\n", "");
        await cluster.EditClusterFileAsync("kubeSystemAdmin: true", "kubeSystemAdmin: false");

        var output = await cluster.MustBuildAsync("Bootstrap");

        Assert.Contains("The login token is:", output, StringComparison.Ordinal);
        Assert.Contains("has no images of them: kube-dns, kube-flannel, metrics-server.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stand_in_for_Traefik_runs_on_the_worker_alone_and_the_one_for_Headlamp_there_too()
    {
        NeedsACluster();
        Assert.Equal(["worker01"], (await Traefik.PodsAsync(cluster)).Select(NodeOf));
        Assert.Equal(["worker01"], (await Headlamp.PodsAsync(cluster)).Select(NodeOf));
        var owner = (await Traefik.PodsAsync(cluster))[0].GetProperty("metadata").GetProperty("ownerReferences")[0];
        Assert.Equal("DaemonSet", owner.GetProperty("kind").GetString());
    }

    [Fact]
    public async Task The_workers_ports_80_and_443_lead_to_the_stand_in_for_Traefik_and_the_masters_lead_nowhere()
    {
        NeedsACluster();
        var nodes = await cluster.NodeAddressesAsync();
        Assert.Equal("stand-in for traefik: /shop on 8000 by http\n", await ReadAsync($"http://{nodes["worker01"]}/shop"));
        Assert.Equal("stand-in for traefik: /shop on 8443 by https\n", await ReadAsync($"https://{nodes["worker01"]}/shop"));
        foreach (var scheme in new[] { "http", "https" })
        {
            var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => ReadAsync($"{scheme}://{nodes["master03"]}/"));
            Assert.Equal(HttpRequestError.ConnectionError, refusal.HttpRequestError);
        }
    }

    [Fact]
    public async Task An_Ingress_that_names_no_class_is_Traefiks()
    {
        NeedsACluster();
        var manifest = Path.Combine(cluster.Folder, ".cluster", "shop.yaml");
        await File.WriteAllTextAsync(manifest, """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: { name: shop, namespace: default }
            spec: { defaultBackend: { service: { name: shop, port: { number: 80 } } } }
            """);
        Assert.Equal("traefik", (await cluster.MustKubectlAsync("create", "--dry-run=server", "-f", manifest, "-o", "jsonpath={.spec.ingressClassName}")).Trim());
        var taken = await cluster.GetAsync("ingressclass", "traefik");
        Assert.Equal("traefik.io/ingress-controller", taken.GetProperty("spec").GetProperty("controller").GetString());
    }

    [Fact]
    public async Task The_stand_ins_have_the_mounts_of_their_manifests_and_may_write_to_those_they_should()
    {
        NeedsACluster();
        foreach (var standIn in new[] { Traefik, Headlamp, TraefikOfHeadlamp })
        {
            await standIn.ThrowUnlessMountedAsync(cluster);
        }

        var pod = (await Headlamp.PodsAsync(cluster))[0];
        await Headlamp.MustExecAsync(cluster, pod, $"echo x > /{StandInImages.HeadlampPage}");
        Assert.Contains($"prefix: {Access.DashboardPath}\n", await TraefikOfHeadlamp.MustExecAsync(cluster, pod, "cat /etc/traefik/dynamic/path.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_stand_ins_run_as_who_the_programs_should_without_any_right_on_their_node()
    {
        NeedsACluster();
        foreach (var standIn in new[] { Traefik, Headlamp, TraefikOfHeadlamp })
        {
            await standIn.ThrowUnlessConfinedAsync(cluster);
        }
    }

    [Fact]
    public async Task The_stand_ins_are_probed_where_the_programs_answer_and_ready_by_nothing_else()
    {
        NeedsACluster();
        await Task.WhenAll(new[] { Traefik, Headlamp, TraefikOfHeadlamp }.Select(standIn => standIn.ThrowUnlessReadyByItsProbeAloneAsync(cluster)));
    }

    /// <summary>Source: traefik/traefik v2.11.53 and v3.7.9, pkg/provider/kubernetes/ingress/client.go.</summary>
    [Fact]
    public async Task Traefiks_account_may_do_what_Traefik_does_and_nothing_dangerous()
    {
        NeedsACluster();
        using var account = new AccountOfAPod(cluster, await Traefik.TokenAsync(cluster));
        await AllowsAsync(account, "GET /version");
        foreach (var list in new[]
        {
            "/api/v1/services", "/api/v1/endpoints", "/api/v1/secrets", "/api/v1/nodes", "/apis/discovery.k8s.io/v1beta1/endpointslices", $"{Networking}/ingresses",
            $"{Networking}/ingressclasses",
        })
        {
            await AllowsAsync(account, $"GET {list}?limit=1");
            await AllowsAsync(account, $"GET {list}?watch=true&timeoutSeconds=1");
        }

        var ingress = (await cluster.GetAsync("ingress.networking.k8s.io", "default-backend", "-n", "kube-system")).ToString();
        await AllowsAsync(account, $"PUT {Networking}/namespaces/kube-system/ingresses/default-backend/status?dryRun=All", ingress);
        await RefusesAsync(account, [.. Dangerous, $"PUT {Networking}/namespaces/kube-system/ingresses/default-backend?dryRun=All", $"DELETE {Networking}/ingressclasses/traefik?dryRun=All"]);
    }

    /// <summary>Its users bring tokens of their own. Source: kubernetes-sigs/headlamp v0.45.0, backend/cmd/headlamp.go.</summary>
    [Fact]
    public async Task Headlamps_account_may_do_nothing_but_what_every_account_may()
    {
        NeedsACluster();
        using var account = new AccountOfAPod(cluster, await Headlamp.TokenAsync(cluster));
        foreach (var request in new[] { "GET /version", "GET /api", "GET /apis" })
        {
            await AllowsAsync(account, request);
        }

        await RefusesAsync(account, [.. Dangerous, $"GET {System}/secrets?limit=1", "GET /api/v1/secrets?limit=1", "GET /api/v1/nodes?limit=1", "GET /api/v1/services?limit=1"]);
    }

    [Fact]
    public async Task The_printed_address_leads_through_kubectl_proxy_to_the_stand_in_beside_Headlamp_and_the_printed_token_logs_in()
    {
        NeedsACluster();
        Assert.Equal("stand-in for traefik: / on 8443 by https\n", await ReadPrintedAddressAsync());
    }

    /// <summary>The path is the one that Headlamp's pages ask for.</summary>
    [Fact]
    public async Task Headlamps_terminal_passes_kubectl_proxy_only_if_that_is_told_to_reject_nothing()
    {
        NeedsACluster();
        const string Terminal = $"{Access.DashboardAddress}clusters/main/api/v1/namespaces/default/pods/shop/exec";
        await using (var proxy = await KubectlProxy.StartAsync(cluster))
        {
            var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => ReadAsync(proxy.Here(Terminal)));
            Assert.Equal(HttpStatusCode.Forbidden, refusal.StatusCode);
        }

        await using (var proxy = await KubectlProxy.StartAsync(cluster, "--reject-paths=^$"))
        {
            Assert.StartsWith("stand-in for traefik: /clusters/main/", await ReadAsync(proxy.Here(Terminal)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_articles_dashboard_takes_Headlamps_place_when_cluster_yaml_says_so()
    {
        NeedsACluster();
        await cluster.EditClusterFileAsync("dashboard: headlamp ", "dashboard: kubernetes-dashboard ");

        await cluster.MustBuildAsync("Bootstrap");

        Assert.Equal(["worker01"], (await ArticlesDashboard.PodsAsync(cluster)).Select(NodeOf));
        await ArticlesDashboard.ThrowUnlessMountedAsync(cluster);
        await ArticlesDashboard.ThrowUnlessConfinedAsync(cluster);
        await ArticlesDashboard.ThrowUnlessReadyByItsProbeAloneAsync(cluster);
        Assert.Equal("stand-in for kubernetes-dashboard: / on 8443 by https\n", await ReadPrintedAddressAsync());
    }

    /// <summary>Source: kubernetes/dashboard v2.7.0, src/app/backend (client/csrf, sync, settings) and aio/deploy/recommended.yaml.</summary>
    [Fact]
    public async Task The_articles_dashboards_account_may_keep_its_own_settings_and_do_nothing_dangerous()
    {
        NeedsACluster();
        using var account = new AccountOfAPod(cluster, await ArticlesDashboard.TokenAsync(cluster));
        await AllowsAsync(account, "GET /version");
        foreach (var secret in new[] { "kubernetes-dashboard-certs", "kubernetes-dashboard-csrf", "kubernetes-dashboard-key-holder" })
        {
            await AllowsAsync(account, $"GET {System}/secrets/{secret}");
            await AllowsAsync(account, $"PUT {System}/secrets/{secret}?dryRun=All", (await cluster.GetAsync("secret", secret, "-n", "kube-system")).ToString());
            await AllowsAsync(account, $"DELETE {System}/secrets/{secret}?dryRun=All");
        }

        await AllowsAsync(account, $"GET {System}/configmaps/kubernetes-dashboard-settings");
        await AllowsAsync(account, $"PUT {System}/configmaps/kubernetes-dashboard-settings?dryRun=All", (await cluster.GetAsync("configmap", "kubernetes-dashboard-settings", "-n", "kube-system")).ToString());
        await RefusesAsync(account, [.. Dangerous, $"GET {System}/secrets?limit=1", $"GET {System}/secrets/kube-apiserver", "GET /api/v1/secrets?limit=1", "GET /api/v1/nodes?limit=1"]);
    }

    [Fact]
    public async Task Destroy_leaves_no_machine_no_address_and_no_changed_setting()
    {
        NeedsACluster();
        await cluster.MustBuildAsync("Destroy", "--yes");
        Assert.Equal(before.Settings, HostBefore.ReadSettings());
        Assert.Equal(before.Links, HostBefore.ReadLinks());
        Assert.Equal(before.Containers, await HostBefore.ReadContainersAsync());
    }

    private static void NeedsRealMachines() => Assert.SkipWhen(ThrowAwayCluster.Obstacle != null, ThrowAwayCluster.Obstacle ?? "");

    private void NeedsACluster()
    {
        NeedsRealMachines();
        Assert.True(File.Exists(cluster.Kubeconfig), "there is no cluster: the first test of this class says why");
    }

    private static string? NodeOf(JsonElement pod) => pod.GetProperty("spec").GetProperty("nodeName").GetString();

    private static async Task AllowsAsync(AccountOfAPod account, string request, string? body = null) => Assert.Equal((request, HttpStatusCode.OK), (request, await account.AskAsync(request, body)));

    private static async Task RefusesAsync(AccountOfAPod account, IEnumerable<string> requests)
    {
        foreach (var request in requests)
        {
            Assert.Equal((request, HttpStatusCode.Forbidden), (request, await account.AskAsync(request)));
        }
    }

    /// <summary>Asks as a browser would, except that nobody vouches for the certificate.</summary>
    private static async Task<string> ReadAsync(string address)
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
        return await client.GetStringAsync(new Uri(address), TestContext.Current.CancellationToken);
    }

    /// <summary>Asks the address that PrintToken prints while kubectl proxy runs, and lets the token that it prints log in.</summary>
    private async Task<string> ReadPrintedAddressAsync()
    {
        var printed = await cluster.MustBuildAsync("PrintToken", "--output", "json");
        var access = JsonDocument.Parse(printed[printed.IndexOf("\n{", StringComparison.Ordinal)..(printed.LastIndexOf("\n}", StringComparison.Ordinal) + 2)]).RootElement;
        using (var person = new AccountOfAPod(cluster, access.GetProperty("token").GetString()!))
        {
            await AllowsAsync(person, $"GET {System}/secrets?limit=1");
        }

        await using var proxy = await KubectlProxy.StartAsync(cluster);
        return await ReadAsync(proxy.Here(access.GetProperty("dashboard").GetString()!));
    }
}
