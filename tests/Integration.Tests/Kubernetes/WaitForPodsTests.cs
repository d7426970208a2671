using k8s;
using k8s.Models;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Stages;

namespace KubePivot.Integration.Tests.Kubernetes;

/// <summary>The wait against a real API server. The test plays kubelet, scheduler and controller manager, of which there are none.</summary>
public sealed class WaitForPodsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_that_comes_up_while_its_API_server_is_killed_is_followed_to_its_end()
    {
        await using var server = await KubeApiServer.StartAsync(Stop);
        using var cluster = new RealCluster(server);
        cluster.WriteManifest("scheduler.yaml", "{ apiVersion: apps/v1, kind: Deployment, metadata: { name: kube-scheduler, namespace: kube-system } }");
        using var api = server.Client();
        var run = new WaitForPodsStage(cluster.Context, new KubernetesRelease("v1.20.2", KubernetesSource.Debian)).RunAsync();

        await ShownAsync(cluster, run, "No pods yet.");
        await RegisterNodesAsync(api, "master01", "master02", "master03");
        await ShownAsync(cluster, run, "3 of 4 nodes are Ready, not yet: worker01 (not registered)");
        await server.RestartAsync(Stop);
        await RegisterNodesAsync(api, "worker01");
        await ShownAsync(cluster, run, "All 4 nodes are Ready.");
        Assert.False(run.IsCompleted);
        await CreateSchedulerAsync(api);

        await run;
        Assert.Equal("master03: Kubernetes has started successfully!", cluster.Lines.All.Last());
        Assert.Contains("master03: kube-scheduler-1   1/1     Running   0", cluster.Lines.Text);
    }

    private static async Task RegisterNodesAsync(k8s.Kubernetes api, params string[] names)
    {
        foreach (var name in names)
        {
            var node = await api.CoreV1.CreateNodeAsync(new V1Node { Metadata = new() { Name = name } }, cancellationToken: Stop);
            node.Status = new() { Conditions = [new() { Type = "Ready", Status = "True" }] };
            await api.CoreV1.ReplaceNodeStatusAsync(node, name, cancellationToken: Stop);
        }
    }

    private static async Task CreateSchedulerAsync(k8s.Kubernetes api)
    {
        var template = new V1PodTemplateSpec
        {
            Metadata = new() { Labels = new Dictionary<string, string> { ["app"] = "scheduler" } },
            Spec = new() { AutomountServiceAccountToken = false, Containers = [new() { Name = "main", Image = "kubepivot.local/main:1" }] },
        };
        var deployment = await api.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment { Metadata = new() { Name = "kube-scheduler" }, Spec = new() { Replicas = 1, Selector = new() { MatchLabels = template.Metadata.Labels }, Template = template } },
            "kube-system",
            cancellationToken: Stop);
        await api.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = "default" } }, "kube-system", cancellationToken: Stop);
        var pod = await api.CoreV1.CreateNamespacedPodAsync(
            new V1Pod { Metadata = new() { Name = "kube-scheduler-1", Labels = template.Metadata.Labels }, Spec = template.Spec }, "kube-system", cancellationToken: Stop);
        pod.Status = new()
        {
            Phase = "Running",
            Conditions = [new() { Type = "Ready", Status = "True" }],
            ContainerStatuses = [new() { Name = "main", Image = "i", ImageID = "", Ready = true, RestartCount = 0, State = new() { Running = new() } }],
        };
        await api.CoreV1.ReplaceNamespacedPodStatusAsync(pod, pod.Metadata.Name, "kube-system", cancellationToken: Stop);
        deployment.Status = new() { ObservedGeneration = deployment.Metadata.Generation, Replicas = 1, UpdatedReplicas = 1, ReadyReplicas = 1, AvailableReplicas = 1 };
        await api.AppsV1.ReplaceNamespacedDeploymentStatusAsync(deployment, deployment.Metadata.Name, "kube-system", cancellationToken: Stop);
    }

    /// <summary>Until a line was printed; fails at once when the stage has failed.</summary>
    private static Task ShownAsync(RealCluster cluster, Task run, string words) => new Waiting.Wait(TimeProvider.System, _ => { }).UntilAsync(
        $"the line '{words}'",
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMilliseconds(20),
        _ => Task.FromResult(new Waiting.Observation(cluster.Lines.Text.Contains(words, StringComparison.Ordinal), cluster.Lines.Text, run.IsFaulted ? run.Exception.InnerException!.Message : null)),
        cancellationToken: Stop);
}
