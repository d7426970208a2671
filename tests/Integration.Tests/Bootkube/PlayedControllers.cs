using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using KubePivot.Kubernetes;
using KubePivot.Waiting;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// Plays, through the real API, what controllers and kubelets would do: there are none here. It writes the status that a rolled-out
/// workload has, no more.
/// </summary>
internal static class PlayedControllers
{
    private const string Namespace = "kube-system";

    /// <summary>Makes the control plane's workloads look rolled out on so many masters, as they are now.</summary>
    public static async Task RollOutAsync(k8s.Kubernetes client, int masters, CancellationToken cancellationToken)
    {
        await RollOutServersAsync(client, masters, cancellationToken);
        foreach (var name in PlayedControlPlane.Electors)
        {
            await RollOutAsync(client, name, masters, cancellationToken);
        }
    }

    /// <summary>As <see cref="RollOutAsync(k8s.Kubernetes, int, CancellationToken)"/>, the API servers alone.</summary>
    /// <param name="unavailable">So many of them are not Ready.</param>
    public static Task RollOutServersAsync(k8s.Kubernetes client, int masters, CancellationToken cancellationToken, int unavailable = 0) => RetryAsync(
        async token =>
        {
            var servers = await client.AppsV1.ReadNamespacedDaemonSetAsync("kube-apiserver", Namespace, cancellationToken: token);
            servers.Status = new()
            {
                ObservedGeneration = servers.Metadata.Generation,
                DesiredNumberScheduled = masters,
                CurrentNumberScheduled = masters,
                UpdatedNumberScheduled = masters,
                NumberReady = masters - unavailable,
                NumberAvailable = masters - unavailable,
                NumberUnavailable = unavailable,
            };
            await client.AppsV1.ReplaceNamespacedDaemonSetStatusAsync(servers, "kube-apiserver", Namespace, cancellationToken: token);
        },
        cancellationToken);

    /// <summary>As <see cref="RollOutAsync(k8s.Kubernetes, int, CancellationToken)"/>, one Deployment alone.</summary>
    public static Task RollOutAsync(k8s.Kubernetes client, string name, int masters, CancellationToken cancellationToken) => RetryAsync(
        async token =>
        {
            var deployment = await client.AppsV1.ReadNamespacedDeploymentAsync(name, Namespace, cancellationToken: token);
            deployment.Status = new() { ObservedGeneration = deployment.Metadata.Generation, Replicas = masters, UpdatedReplicas = masters, ReadyReplicas = masters, AvailableReplicas = masters };
            await client.AppsV1.ReplaceNamespacedDeploymentStatusAsync(deployment, name, Namespace, cancellationToken: token);
        },
        cancellationToken);

    /// <summary>The API server's pod of this node, as its kubelet shows it once it is Ready.</summary>
    public static Task CreateReadyServerPodAsync(k8s.Kubernetes client, CancellationToken cancellationToken) => CreatePodAsync(
        client,
        "kube-apiserver",
        "DaemonSet",
        new() { HostIP = "127.0.0.1", Conditions = [new() { Type = "Ready", Status = "True" }], ContainerStatuses = [Container("kube-apiserver", new() { Running = new() }, ready: true)] },
        cancellationToken);

    /// <summary>Creates the pod NAME-1 as its controller would, and gives it a status as its kubelet would.</summary>
    /// <param name="application">Its label, and its service account.</param>
    public static Task CreatePodAsync(k8s.Kubernetes client, string application, string ownerKind, V1PodStatus status, CancellationToken cancellationToken) => RetryAsync(
        async token =>
        {
            V1Pod pod;
            try
            {
                pod = await client.CoreV1.CreateNamespacedPodAsync(Pod(application, ownerKind), Namespace, cancellationToken: token);
            }
            catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.Conflict)
            {
                pod = await client.CoreV1.ReadNamespacedPodAsync($"{application}-1", Namespace, cancellationToken: token);
            }

            pod.Status = status;
            await client.CoreV1.ReplaceNamespacedPodStatusAsync(pod, pod.Metadata.Name, Namespace, cancellationToken: token);
        },
        cancellationToken);

    public static V1ContainerStatus Container(string name, V1ContainerState state, bool ready = false, int restarts = 0) =>
        new() { Name = name, Image = $"test/{name}", ImageID = "test", Ready = ready, RestartCount = restarts, State = state };

    /// <summary>Takes away what an asset tree has put into kube-system, and its pods.</summary>
    public static async Task ClearAsync(k8s.Kubernetes client, CancellationToken cancellationToken)
    {
        await client.AppsV1.DeleteCollectionNamespacedDaemonSetAsync(Namespace, cancellationToken: cancellationToken);
        await client.AppsV1.DeleteCollectionNamespacedDeploymentAsync(Namespace, cancellationToken: cancellationToken);
        await client.CoreV1.DeleteCollectionNamespacedPodAsync(Namespace, gracePeriodSeconds: 0, cancellationToken: cancellationToken);
        await client.CoreV1.DeleteCollectionNamespacedSecretAsync(Namespace, cancellationToken: cancellationToken);
        await client.CoreV1.DeleteCollectionNamespacedServiceAccountAsync(Namespace, cancellationToken: cancellationToken);
        await client.CoordinationV1.DeleteCollectionNamespacedLeaseAsync(Namespace, cancellationToken: cancellationToken);
        await client.CustomObjects.DeleteCollectionNamespacedCustomObjectAsync("policy", "v1beta1", Namespace, "poddisruptionbudgets", cancellationToken: cancellationToken);
    }

    /// <summary>As controllers do: again when the server is away for a moment or somebody else was faster.</summary>
    /// <param name="done">With this answer there is nothing left to do.</param>
    public static Task RetryAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken, HttpStatusCode? done = null) => new Wait(TimeProvider.System, _ => { }).UntilAsync(
        "the API to take what is played",
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMilliseconds(100),
        async token =>
        {
            try
            {
                await act(token);
                return new(true, "");
            }
            catch (Exception exception) when (ApiFailure.Is(exception))
            {
                return new(done != null && ApiFailure.StatusOf(exception) == done, ApiFailure.Words(exception));
            }
        },
        cancellationToken: cancellationToken);

    private static V1Pod Pod(string application, string ownerKind) => new()
    {
        Metadata = new()
        {
            Name = $"{application}-1",
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
