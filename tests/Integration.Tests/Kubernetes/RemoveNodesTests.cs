using k8s;
using k8s.Autorest;
using k8s.Models;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Kubernetes;
using KubePivot.Stages;

namespace KubePivot.Integration.Tests.Kubernetes;

/// <summary>
/// Nodes leave a real API server. There is no kubelet, and no controller manager: the tests end pods in the place of the one, and make
/// the pods' account in that of the other.
/// </summary>
public sealed class RemoveNodesTests(RunningApi running) : IClassFixture<RunningApi>, IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var api = running.Server.Client();
        try
        {
            await api.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = "default" } }, "default", cancellationToken: Stop);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == System.Net.HttpStatusCode.Conflict)
        {
            // Another test has.
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_node_that_left_the_cluster_file_is_drained_and_deleted_and_the_others_stay()
    {
        using var cluster = new RealCluster(running.Server);
        using var api = running.Server.Client();
        await AddNodeAsync(api, "worker01");
        await AddNodeAsync(api, "worker08");
        await AddPodAsync(api, "of-a-deployment", "worker08");
        await AddPodAsync(api, "of-a-daemonset", "worker08", "DaemonSet");
        await AddPodAsync(api, "elsewhere", "worker01");
        using var played = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var kubelet = PlayKubeletAsync(api, played.Token);

        await new RemoveNodesStage(cluster.Context, new Confirmation(true, null)).RunAsync();

        await played.CancelAsync();
        await kubelet;
        Assert.DoesNotContain("worker08", (await api.CoreV1.ListNodeAsync(cancellationToken: Stop)).Items.Select(node => node.Metadata.Name));
        Assert.Contains("worker01", (await api.CoreV1.ListNodeAsync(cancellationToken: Stop)).Items.Select(node => node.Metadata.Name));
        var left = (await api.CoreV1.ListNamespacedPodAsync("default", cancellationToken: Stop)).Items.Select(pod => pod.Metadata.Name).ToList();
        Assert.Contains("elsewhere", left);
        Assert.Contains("of-a-daemonset", left);
        Assert.DoesNotContain("of-a-deployment", left);
        Assert.Contains("worker08: if its machine still runs, ", cluster.Lines.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_yes_nothing_is_touched_and_what_stays_is_named()
    {
        using var cluster = new RealCluster(running.Server);
        using var api = running.Server.Client();
        await AddNodeAsync(api, "worker07");

        await new RemoveNodesStage(cluster.Context, new Confirmation(false, _ => false)).RunAsync();

        var node = await api.CoreV1.ReadNodeAsync("worker07", cancellationToken: Stop);
        Assert.NotEqual(true, node.Spec.Unschedulable);
        Assert.Contains("worker07 stays in the cluster", cluster.Lines.Text, StringComparison.Ordinal);
        await api.CoreV1.DeleteNodeAsync("worker07", cancellationToken: Stop);
    }

    [Fact]
    public async Task A_pod_that_a_disruption_budget_holds_is_named_with_the_budget_s_words_and_the_node_stays()
    {
        using var cluster = new RealCluster(running.Server);
        using var api = running.Server.Client();
        await AddNodeAsync(api, "worker09");
        await AddPodAsync(api, "held", "worker09");
        var budget = new V1PodDisruptionBudget
        {
            ApiVersion = "policy/v1beta1",
            Kind = "PodDisruptionBudget",
            Metadata = new() { Name = "held" },
            Spec = new() { MaxUnavailable = "0", Selector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = "held" } } },
        };
        await api.CustomObjects.CreateNamespacedCustomObjectAsync(budget, "policy", "v1beta1", "default", "poddisruptionbudgets", cancellationToken: Stop);

        var failure = await Assert.ThrowsAsync<StageException>(
            () => new RemoveNodesStage(cluster.Context with { Timeout = TimeSpan.FromSeconds(2) }, new Confirmation(true, null)).RunAsync());

        Assert.Contains("default/held", failure.Message, StringComparison.Ordinal);
        Assert.True(failure.Message.Contains("disruption budget", StringComparison.Ordinal), failure.Message);
        Assert.Contains("kubectl uncordon worker09", failure.Message, StringComparison.Ordinal);
        Assert.True((await api.CoreV1.ReadNodeAsync("worker09", cancellationToken: Stop)).Spec.Unschedulable);
        await api.CoreV1.DeleteNodeAsync("worker09", cancellationToken: Stop);
    }

    [Fact]
    public async Task A_node_whose_kubelet_is_gone_is_deleted_without_waiting_for_its_pods()
    {
        using var cluster = new RealCluster(running.Server);
        using var api = running.Server.Client();
        await AddNodeAsync(api, "worker06", ready: "Unknown");
        await AddPodAsync(api, "stranded", "worker06");

        await new RemoveNodesStage(cluster.Context, new Confirmation(true, null)).RunAsync();

        Assert.Equal(
            System.Net.HttpStatusCode.NotFound,
            (await Assert.ThrowsAsync<HttpOperationException>(() => api.CoreV1.ReadNodeAsync("worker06", cancellationToken: Stop))).Response.StatusCode);
    }

    [Fact]
    public async Task A_node_that_is_lost_while_it_is_drained_is_deleted_without_waiting_for_its_pods()
    {
        using var cluster = new RealCluster(running.Server);
        using var api = running.Server.Client();
        await AddNodeAsync(api, "worker05");
        await AddPodAsync(api, "never-ends", "worker05");
        var removing = new RemoveNodesStage(cluster.Context, new Confirmation(true, null)).RunAsync();
        await new Waiting.Wait(TimeProvider.System, _ => { }).UntilAsync("the pod is asked to go", TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(50), async stop =>
            new((await api.CoreV1.ReadNamespacedPodAsync("never-ends", "default", cancellationToken: stop)).Metadata.DeletionTimestamp != null, cluster.Lines.Text), cancellationToken: Stop);

        // A kubelet that says this of itself is there, and may end the pod yet.
        await SetReadyAsync(api, "worker05", "False");
        await Task.Delay(TimeSpan.FromSeconds(2), Stop);
        Assert.False(removing.IsCompleted, cluster.Lines.Text);
        await SetReadyAsync(api, "worker05", "Unknown");

        await removing;
        await api.CoreV1.DeleteNamespacedPodAsync("never-ends", "default", gracePeriodSeconds: 0, cancellationToken: Stop);
        Assert.Contains("worker05: is not Ready (played); its pods are not waited for", cluster.Lines.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("worker05", (await api.CoreV1.ListNodeAsync(cancellationToken: Stop)).Items.Select(node => node.Metadata.Name));
    }

    private static async Task AddNodeAsync(k8s.Kubernetes api, string name, string ready = "True")
    {
        await api.CoreV1.CreateNodeAsync(new V1Node { Metadata = new() { Name = name } }, cancellationToken: Stop);
        await SetReadyAsync(api, name, ready);
    }

    private static async Task SetReadyAsync(k8s.Kubernetes api, string name, string ready)
    {
        var status = new V1Patch($$$"""{"status":{"conditions":[{"type":"Ready","status":"{{{ready}}}","reason":"Played","message":"played"}]}}""", V1Patch.PatchType.MergePatch);
        await api.CoreV1.PatchNodeStatusAsync(status, name, cancellationToken: Stop);
    }

    private static async Task AddPodAsync(k8s.Kubernetes api, string name, string node, string owner = "ReplicaSet")
    {
        var pod = new V1Pod
        {
            Metadata = new()
            {
                Name = name,
                Labels = new Dictionary<string, string> { ["app"] = name },
                OwnerReferences = [new() { ApiVersion = "apps/v1", Kind = owner, Name = "owner", Uid = "a", Controller = true }],
            },
            Spec = new() { NodeName = node, AutomountServiceAccountToken = false, Containers = [new() { Name = "main", Image = "example.invalid/main:1" }] },
        };
        await api.CoreV1.CreateNamespacedPodAsync(pod, "default", cancellationToken: Stop);

        // One that does not run yet no disruption budget holds.
        await api.CoreV1.PatchNamespacedPodStatusAsync(new V1Patch("""{"status":{"phase":"Running"}}""", V1Patch.PatchType.MergePatch), name, "default", cancellationToken: Stop);
    }

    /// <summary>Ends the pods that are to go, as a kubelet would.</summary>
    private static async Task PlayKubeletAsync(k8s.Kubernetes api, CancellationToken stop)
    {
        try
        {
            await foreach (var (change, pod) in api.CoreV1.WatchListNamespacedPodAsync("default", cancellationToken: stop))
            {
                if (pod.Metadata.DeletionTimestamp != null && change != WatchEventType.Deleted)
                {
                    await EndAsync(api, pod.Metadata.Name, stop);
                }
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private static async Task EndAsync(k8s.Kubernetes api, string pod, CancellationToken stop)
    {
        try
        {
            await api.CoreV1.DeleteNamespacedPodAsync(pod, "default", gracePeriodSeconds: 0, cancellationToken: stop);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            // It has gone by itself.
        }
    }
}
