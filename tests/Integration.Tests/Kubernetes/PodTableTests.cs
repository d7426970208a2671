using System.Text.Json;
using k8s;
using k8s.Models;
using KubePivot.Commands;
using KubePivot.Integration.Tests.Bootkube;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Kubernetes;

namespace KubePivot.Integration.Tests.Kubernetes;

/// <summary>The real kubectl and the real API server are the judges of our table.</summary>
public sealed class PodTableTests(RunningApi running) : IClassFixture<RunningApi>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_table_reads_as_kubectl_prints_it()
    {
        using var api = running.Server.Client();
        await api.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = "table" } }, cancellationToken: Stop);
        await api.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = "default" } }, "table", cancellationToken: Stop);
        var file = Path.Combine(NodeProgram.Checkout, "tests", "KubePivot.Tests", "Kubernetes", "pods.json");
        foreach (var pod in JsonDocument.Parse(await File.ReadAllTextAsync(file, Stop)).RootElement.EnumerateArray().Select(pod => KubernetesJson.Deserialize<V1Pod>(pod)))
        {
            await CreateAsync(api, pod);
        }

        var kubectl = await LocalCommand.RunAsync(
            KubeApiServer.Binary("kubectl"), ["--kubeconfig", running.Server.Kubeconfig, "--namespace=table", "get", "pods", "--no-headers"], cancellationToken: Stop);
        var pods = await api.CoreV1.ListNamespacedPodAsync("table", cancellationToken: Stop);
        var ours = PodTable.Lines(pods.Items.Select(pod => PodRow.Of(pod) with { Namespace = "kube-system" }), DateTimeOffset.UtcNow).Skip(1);

        Assert.Equal(WithoutAges(kubectl.ThrowOnFailure().StandardOutput.TrimEnd().Split('\n')), WithoutAges(ours));
    }

    private static async Task CreateAsync(k8s.Kubernetes api, V1Pod pod)
    {
        var status = pod.Status;
        pod.Metadata.NamespaceProperty = "table";
        pod.Status = null;
        pod.Spec.AutomountServiceAccountToken = false; // There is no controller that makes one.
        var created = await api.CoreV1.CreateNamespacedPodAsync(pod, "table", cancellationToken: Stop);
        created.Status = status;
        await api.CoreV1.ReplaceNamespacedPodStatusAsync(created, created.Metadata.Name, "table", cancellationToken: Stop);
    }

    private static IEnumerable<string> WithoutAges(IEnumerable<string> lines) =>
        lines.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries).SkipLast(1)));
}
