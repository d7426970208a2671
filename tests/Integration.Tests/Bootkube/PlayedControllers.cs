using k8s;
using k8s.Models;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// Plays, through the real API, what controllers and kubelets would do: there are none here. It writes the status that a rolled-out
/// workload has, no more.
/// </summary>
public static class PlayedControllers
{
    /// <summary>Makes the control plane's workloads look rolled out on so many masters, as they are now.</summary>
    public static async Task RollOutAsync(k8s.Kubernetes client, int masters, CancellationToken cancellationToken)
    {
        var apps = client.AppsV1;
        await RetryAsync(async () =>
        {
            var server = await apps.ReadNamespacedDaemonSetAsync("kube-apiserver", "kube-system", cancellationToken: cancellationToken);
            server.Status = new()
            {
                ObservedGeneration = server.Metadata.Generation,
                DesiredNumberScheduled = masters,
                CurrentNumberScheduled = masters,
                UpdatedNumberScheduled = masters,
                NumberReady = masters,
                NumberAvailable = masters,
            };
            await apps.ReplaceNamespacedDaemonSetStatusAsync(server, "kube-apiserver", "kube-system", cancellationToken: cancellationToken);
        });
        foreach (var name in new[] { "kube-controller-manager", "kube-scheduler" })
        {
            await RetryAsync(async () =>
            {
                var deployment = await apps.ReadNamespacedDeploymentAsync(name, "kube-system", cancellationToken: cancellationToken);
                deployment.Status = new() { ObservedGeneration = deployment.Metadata.Generation, Replicas = masters, UpdatedReplicas = masters, ReadyReplicas = masters, AvailableReplicas = masters };
                await apps.ReplaceNamespacedDeploymentStatusAsync(deployment, name, "kube-system", cancellationToken: cancellationToken);
            });
        }
    }

    /// <summary>Creates a pod as its controller would.</summary>
    /// <param name="application">Its label, and its service account.</param>
    public static Task<V1Pod> CreatePodAsync(k8s.Kubernetes client, string application, string name, string ownerKind, CancellationToken cancellationToken) =>
        RetryAsync(async () =>
        {
            try
            {
                return await client.CoreV1.CreateNamespacedPodAsync(Pod(application, name, ownerKind), "kube-system", cancellationToken: cancellationToken);
            }
            catch (k8s.Autorest.HttpOperationException exception) when (exception.Response.StatusCode == System.Net.HttpStatusCode.Conflict)
            {
                return await client.CoreV1.ReadNamespacedPodAsync(name, "kube-system", cancellationToken: cancellationToken);
            }
        });

    public static V1ContainerStatus Container(string name, V1ContainerState state, bool ready = false, int restarts = 0) =>
        new() { Name = name, Image = $"test/{name}", ImageID = "test", Ready = ready, RestartCount = restarts, State = state };

    /// <summary>As controllers do: again when the server is away for a moment or somebody else was faster.</summary>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> act)
    {
        for (var left = 50; ; left--)
        {
            try
            {
                return await act();
            }
            catch (Exception exception) when (left > 0 && exception is HttpRequestException or k8s.Autorest.HttpOperationException or IOException)
            {
                await Task.Delay(100);
            }
        }
    }

    public static Task RetryAsync(Func<Task> act) => RetryAsync(async () =>
    {
        await act();
        return true;
    });

    private static V1Pod Pod(string application, string name, string ownerKind) => new()
    {
        Metadata = new()
        {
            Name = name,
            Labels = new Dictionary<string, string> { ["k8s-app"] = application },
            OwnerReferences = [new() { ApiVersion = "apps/v1", Kind = ownerKind, Name = application, Uid = "00000000-0000-0000-0000-000000000001", Controller = true }],
        },
        Spec = new()
        {
            NodeName = "node",
            HostNetwork = true,
            AutomountServiceAccountToken = false,
            ServiceAccountName = application,
            Containers = [new() { Name = application, Image = $"test/{application}" }],
        },
    };
}
