using System.Text.Json;
using KubePivot.Commands;

namespace KubePivot.EndToEnd;

/// <summary>
/// On demand: a cluster from a bundle that holds images of flannel and CoreDNS (and of metrics-server, if that is to be tried), with
/// kube-proxy's from source debian. The tests follow each other in the order of the file.
/// </summary>
[Collection(ThrowAwayCluster.OneAtATime)]
[TestMethodOrderer(typeof(InOrderOfAppearance))]
public sealed class OnDemandAddonTests(ClusterOfABundle bundled) : IClassFixture<ClusterOfABundle>
{
    private const string OutsideName = "deb.debian.org";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly ThrowAwayCluster cluster = bundled.Cluster;

    [Fact]
    public async Task A_bundle_with_the_images_of_flannel_and_CoreDNS_brings_a_cluster_with_them()
    {
        NeedsTheBundle();
        await cluster.EditClusterFileAsync("kubeSystemAdmin: true", "kubeSystemAdmin: false");

        var output = await cluster.MustBuildAsync("Bootstrap");

        Assert.Contains("The login token is:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("kube-flannel, ", output, StringComparison.Ordinal);
        Assert.Equal(4, (await PodsAsync("kube-system", "k8s-app=kube-flannel")).Count);
        var names = await PodsAsync("kube-system", "k8s-app=kube-dns");
        Assert.Equal(2, names.Select(pod => pod.Node).Distinct().Count());
        await PlaceLookoutsAsync();
    }

    [Fact]
    public async Task Flannels_tunnel_lies_on_the_nodes_own_network_and_there_are_no_routes_of_ours()
    {
        NeedsACluster();
        foreach (var (_, address) in await cluster.NodeAddressesAsync())
        {
            var link = (await OnNodeAsync(address, "ip -details link show flannel.1")).ReplaceLineEndings(" ");
            Assert.Contains($" local {address} dev eth0 ", link, StringComparison.Ordinal);
            Assert.Equal("", await OnNodeAsync(address, "ip -4 route show proto 107"));
            Assert.Equal("3", (await OnNodeAsync(address, "ip -4 route show dev flannel.1 | wc -l")).Trim());
        }
    }

    [Fact]
    public async Task Every_pod_reaches_every_pod_of_every_node_and_services_by_address_and_node_port()
    {
        NeedsACluster();
        await EverybodyReachesEverybodyAsync();
        var service = (await cluster.GetAsync("service", "echo", "-n", Echo.Namespace)).GetProperty("spec");
        var (address, port) = (service.GetProperty("clusterIP").GetString()!, service.GetProperty("ports")[0].GetProperty("nodePort").GetInt32());
        var nodes = (await cluster.NodeAddressesAsync()).Values.Select(node => (node, port));
        foreach (var lookout in await LookoutsAsync())
        {
            foreach (var (host, at) in nodes.Prepend((address, 80)))
            {
                await SeesAsync(lookout, Echo.Ask(host, at), "echo from echo-");
            }
        }
    }

    [Fact]
    public async Task An_address_of_no_service_is_nobodys_also_where_the_network_outside_has_it()
    {
        NeedsACluster();
        foreach (var lookout in await LookoutsAsync())
        {
            var result = await cluster.KubectlAsync("-n", Echo.Namespace, "exec", lookout.Name, "--", "bash", "-c", "timeout 2 bash -c '</dev/tcp/10.3.255.254/443'");
            Assert.False(result.Succeeded, $"somebody answers {lookout.Name} on {lookout.Node}");
        }
    }

    [Fact]
    public async Task Every_pod_resolves_names_of_services_and_of_pods()
    {
        NeedsACluster();
        await EverybodyResolvesAsync();
    }

    [Fact]
    public async Task Names_from_outside_are_what_the_nodes_own_resolver_says()
    {
        NeedsACluster();
        var node = (await cluster.NodeAddressesAsync()).Values.First();
        var known = await cluster.OnNodeAsync(node, $"getent ahostsv4 {OutsideName}");
        Assert.SkipWhen(!known.Succeeded, $"the resolver of this host does not know {OutsideName}");
        foreach (var lookout in await LookoutsAsync())
        {
            await SeesAsync(lookout, $"getent ahostsv4 {OutsideName}", "STREAM");
        }
    }

    [Fact]
    public async Task The_programs_run_as_who_they_should_with_the_rights_they_should_have()
    {
        NeedsACluster();
        const string Confined = "NoNewPrivs: 1 Seccomp: 2";
        var expected = new Dictionary<string, string>
        {
            ["coredns"] = $"Uid: 65532 CapEff: 0000000000000000 {Confined}",
            ["flanneld"] = $"Uid: 0 CapEff: 0000000000003000 {Confined}", // NET_ADMIN and NET_RAW
            ["metrics-server"] = $"Uid: 1000 CapEff: 0000000000000000 {Confined}",
        };
        var seen = new List<string>();
        foreach (var (_, address) in await cluster.NodeAddressesAsync())
        {
            foreach (var (program, rights) in expected)
            {
                var found = await OnNodeAsync(address, $"for id in $(pgrep -x {program}); do awk '/^(Uid|CapEff|NoNewPrivs|Seccomp):/ {{ printf \"%s%s %s\", separator, $1, $2; separator = \" \" }} END {{ print \"\" }}' /proc/$id/status; done");
                Assert.All(Lines(found), line => Assert.Equal(rights, line));
                seen.AddRange(Lines(found).Select(_ => program));
            }
        }

        Assert.Equal((2, 4), (seen.Count(program => program == "coredns"), seen.Count(program => program == "flanneld")));
    }

    [Fact]
    public async Task Kubectl_top_shows_nodes_and_pods_over_certificates_that_verify()
    {
        NeedsACluster();
        var installed = await cluster.KubectlAsync("get", "deployment", "metrics-server", "-n", "kube-system", "-o", "json");
        Assert.SkipWhen(!installed.Succeeded, "the bundle has no image of metrics-server");
        Assert.DoesNotContain("insecure", installed.StandardOutput, StringComparison.Ordinal);
        Assert.False((await cluster.GetAsync("apiservice", "v1beta1.metrics.k8s.io")).GetProperty("spec").TryGetProperty("insecureSkipTLSVerify", out _));
        foreach (var (what, count) in new[] { (new[] { "nodes" }, 4), (["pods", "-n", Echo.Namespace], 10) })
        {
            await ThrowAwayCluster.EventuallyAsync($"kubectl top {what[0]} shows {count}", TimeSpan.FromMinutes(2), async () =>
            {
                var top = await cluster.KubectlAsync(["top", .. what, "--no-headers"]);
                return (top.Succeeded && Lines(top.StandardOutput).Count == count, top.StandardOutput + top.StandardError);
            });
        }
    }

    [Fact]
    public async Task A_second_bootstrap_skips_every_stage()
    {
        NeedsACluster();
        var output = await cluster.MustBuildAsync("Bootstrap");
        Assert.Equal(7, System.Text.RegularExpressions.Regex.Count(output, @"[\s\u00A0]+Skipped[\s\u00A0]+// .*done \d{4}-\d\d-\d\d"));
    }

    [Theory]
    [InlineData("worker01")]
    [InlineData("master02")]
    public async Task A_node_that_was_off_has_pod_network_and_names_again(string node)
    {
        NeedsACluster();
        (await LocalCommand.RunAsync("vagrant", ["halt", "--force", node], cluster.Folder)).ThrowOnFailure($"vagrant halt {node} failed");
        await cluster.MustBuildAsync("Bootstrap");
        await PlaceLookoutsAsync();
        await EverybodyReachesEverybodyAsync();
        await EverybodyResolvesAsync();
    }

    [Fact]
    public async Task Destroy_leaves_nothing_of_the_pod_network_on_the_host()
    {
        NeedsACluster();
        await cluster.MustBuildAsync("Destroy", "--yes");
        Assert.DoesNotContain(HostBefore.ReadLinks(), link => link.StartsWith("flannel", StringComparison.Ordinal) || link.StartsWith("cni", StringComparison.Ordinal));
        Assert.DoesNotContain("FLANNEL", (await LocalCommand.RunAsync("iptables-save", [])).StandardOutput, StringComparison.OrdinalIgnoreCase);
    }

    private static List<string> Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private void NeedsTheBundle()
    {
        Assert.SkipWhen(ClusterOfABundle.Bundle == null, $"{ClusterOfABundle.Variable} names no bundle with images of flannel and CoreDNS");
        Assert.SkipWhen(ThrowAwayCluster.Obstacle != null, ThrowAwayCluster.Obstacle ?? "");
    }

    private void NeedsACluster()
    {
        NeedsTheBundle();
        Assert.True(File.Exists(cluster.Kubeconfig), "there is no cluster: the first test of this class says why");
    }

    private async Task PlaceLookoutsAsync()
    {
        var image = await cluster.ImageOfEveryNodeAsync();
        var manifest = Path.Combine(cluster.Folder, ".cluster", "lookouts.yaml");
        await File.WriteAllTextAsync(manifest, $"{Echo.Manifest(image)}\n---\n{Lookouts.Manifest(image)}", TestContext.Current.CancellationToken);
        await cluster.MustKubectlAsync("apply", "-f", manifest);
        foreach (var workload in new[] { "deployment/echo", $"daemonset/{Lookouts.InPodNetwork}", $"daemonset/{Lookouts.InNodeNetwork}" })
        {
            await cluster.MustKubectlAsync("-n", Echo.Namespace, "rollout", "status", workload, "--timeout=180s");
        }
    }

    private async Task EverybodyReachesEverybodyAsync()
    {
        var pods = await PodsAsync(Echo.Namespace, $"app={Lookouts.InPodNetwork}");
        Assert.Equal(4, pods.Select(pod => pod.Node).Distinct().Count());
        foreach (var lookout in await LookoutsAsync())
        {
            foreach (var pod in pods)
            {
                await SeesAsync(lookout, Echo.Ask(pod.Address, 8080), $"echo from {pod.Name}");
            }
        }
    }

    private async Task EverybodyResolvesAsync()
    {
        var service = (await cluster.GetAsync("service", "echo", "-n", Echo.Namespace)).GetProperty("spec").GetProperty("clusterIP").GetString()!;
        var pod = (await PodsAsync(Echo.Namespace, $"app={Lookouts.InPodNetwork}"))[0].Address;
        var kubernetes = (await cluster.GetAsync("service", "kubernetes", "-n", "default")).GetProperty("spec").GetProperty("clusterIP").GetString()!;
        var names = new[]
        {
            ("echo", service), ($"echo.{Echo.Namespace}", service), ($"echo.{Echo.Namespace}.svc.cluster.local", service), ("kubernetes.default", kubernetes),
            ($"{pod.Replace('.', '-')}.{Echo.Namespace}.pod.cluster.local", pod),
        };
        foreach (var lookout in await LookoutsAsync())
        {
            foreach (var (name, address) in names)
            {
                await SeesAsync(lookout, $"getent ahostsv4 {name}", address);
            }
        }
    }

    /// <summary>Runs a command in a pod until it prints what it should.</summary>
    private Task SeesAsync(Pod lookout, string command, string expected) =>
        ThrowAwayCluster.EventuallyAsync($"'{command}' in {lookout.Name} on {lookout.Node} prints '{expected}'", Soon, async () =>
        {
            var result = await cluster.KubectlAsync("-n", Echo.Namespace, "exec", lookout.Name, "--", "bash", "-c", command);
            return (result.StandardOutput.Contains(expected, StringComparison.Ordinal), $"{result.StandardOutput.Trim()} {result.StandardError.Trim()}");
        });

    private async Task<IReadOnlyList<Pod>> LookoutsAsync() => await PodsAsync(Echo.Namespace, $"app in ({Lookouts.InPodNetwork}, {Lookouts.InNodeNetwork})");

    /// <summary>The pods that a selector finds and that are Ready.</summary>
    private async Task<IReadOnlyList<Pod>> PodsAsync(string @namespace, string selector) =>
        [.. (await cluster.GetAsync("pods", "-n", @namespace, "-l", selector)).GetProperty("items").EnumerateArray().Where(IsReady).Select(pod => new Pod(
            pod.GetProperty("metadata").GetProperty("name").GetString()!,
            pod.GetProperty("spec").GetProperty("nodeName").GetString()!,
            pod.GetProperty("status").GetProperty("podIP").GetString()!))];

    private static bool IsReady(JsonElement pod) =>
        !pod.GetProperty("metadata").TryGetProperty("deletionTimestamp", out _)
        && pod.GetProperty("status").GetProperty("conditions").EnumerateArray().Any(condition =>
            condition.GetProperty("type").GetString() == "Ready" && condition.GetProperty("status").GetString() == "True");

    private async Task<string> OnNodeAsync(string address, string command) => (await cluster.OnNodeAsync(address, command)).ThrowOnFailure().StandardOutput;

    private sealed record Pod(string Name, string Node, string Address);
}
