using k8s;
using k8s.Models;
using KubePivot.Files;
using KubePivot.Integration.Tests.Servers;

namespace Integration.Tests.Nodes;

/// <summary>CopyAssets on nodes whose kubelets have to be restarted, while a real API server answers. There are no kubelets: the tests say what these would say of their pods.</summary>
public sealed class KubeletRestartTests(RunningApi running) : IClassFixture<RunningApi>
{
    private const string Namespace = "kubelets";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_next_kubelet_is_restarted_when_the_pods_of_the_last_one_are_ready_again()
    {
        using var api = running.Server.Client();
        await using var cluster = await MadeAsync("master01", "worker01");
        AtomicFile.WriteSecret(cluster.Context.Paths.Kubeconfig, File.ReadAllText(running.Server.Kubeconfig));
        await AddReadyPodAsync(api, "web", "master01", hasProbe: true);
        await AddReadyPodAsync(api, "plain", "master01", hasProbe: false);
        var restarted = Path.Combine(cluster.Root("master01"), "restarted");
        cluster.Systemctl("master01").Runs("kubelet.service", $"until [ -e {restarted} ]; do sleep 0.02; done");

        var stage = cluster.Stage().RunAsync();
        await cluster.SeenAsync("master01: restarting kubelet.service");
        await SetReadyAsync(api, "web", "False");
        await SetReadyAsync(api, "plain", "False");
        File.WriteAllText(restarted, "");
        await cluster.SeenAsync("master01:   the pods of master01: not all are ready again");

        Assert.DoesNotContain("worker01: restarting kubelet.service", cluster.Lines);
        await SetReadyAsync(api, "web", "True");
        await stage;
        Assert.Contains("worker01: restarting kubelet.service", cluster.Lines);
        Assert.DoesNotContain(cluster.Lines, line => line.Contains("going on after a restart"));
    }

    [Fact]
    public async Task Where_no_API_answers_all_kubelets_are_restarted_at_once()
    {
        await using var cluster = await MadeAsync("master01", "worker01");
        foreach (var (one, other) in new[] { ("master01", "worker01"), ("worker01", "master01") })
        {
            cluster.Systemctl(one).Runs("kubelet.service", $"touch {cluster.Root(one)}/began; until [ -e {cluster.Root(other)}/began ]; do sleep 0.02; done");
        }

        await cluster.Stage().RunAsync();

        Assert.All(["master01", "worker01"], node => Assert.Contains("restart --no-block -- kubelet.service", cluster.Systemctl(node).TakeCalls()));
    }

    /// <summary>Nodes that run, and whose kubelets' configuration has changed since.</summary>
    private static async Task<SandboxCluster> MadeAsync(params string[] nodes)
    {
        var cluster = await SandboxCluster.StartAsync(nodes);
        Render(cluster, nodes, "a: 1\n");
        await cluster.Stage().RunAsync();
        Render(cluster, nodes, "a: 2\n");
        return cluster;
    }

    private static void Render(SandboxCluster cluster, IEnumerable<string> nodes, string content)
    {
        foreach (var node in nodes)
        {
            _ = cluster.Systemctl(node).TakeCalls();
            cluster.Render(node, ["kubelet.service"], ("/etc/kubernetes/kubelet.yaml", content, "0644", "root:root", ["kubelet.service"]));
        }
    }

    private static async Task AddReadyPodAsync(k8s.Kubernetes api, string name, string node, bool hasProbe)
    {
        if ((await api.CoreV1.ListNamespaceAsync(cancellationToken: Stop)).Items.All(found => found.Name() != Namespace))
        {
            await api.CoreV1.CreateNamespaceAsync(new() { Metadata = new() { Name = Namespace } }, cancellationToken: Stop);
            await api.CoreV1.CreateNamespacedServiceAccountAsync(new() { Metadata = new() { Name = "default" } }, Namespace, cancellationToken: Stop);
        }

        var container = new V1Container { Name = "main", Image = "example.invalid/main:1", ReadinessProbe = hasProbe ? new() { TcpSocket = new() { Port = 80 } } : null };
        await api.CoreV1.CreateNamespacedPodAsync(
            new() { Metadata = new() { Name = name }, Spec = new() { NodeName = node, AutomountServiceAccountToken = false, Containers = [container] } }, Namespace, cancellationToken: Stop);
        await SetReadyAsync(api, name, "True");
    }

    private static async Task SetReadyAsync(k8s.Kubernetes api, string pod, string status) => await api.CoreV1.PatchNamespacedPodStatusAsync(
        new V1Patch($$"""{ "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "{{status}}" }] } }""", V1Patch.PatchType.StrategicMergePatch), pod, Namespace, cancellationToken: Stop);
}
