using k8s.Models;

namespace KubePivot.Kubernetes;

/// <summary>A pod as <c>kubectl get pods</c> shows it.</summary>
/// <param name="Ready">Ready containers of all, as in <c>1/2</c>.</param>
/// <param name="Status">One word for how it is: <c>Running</c>, <c>ContainerCreating</c>, <c>CrashLoopBackOff</c>, <c>Init:0/1</c>, <c>Terminating</c>.</param>
/// <param name="Created">Null until the API has set it.</param>
/// <remarks>printPod of https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/printers/internalversion/printers.go.</remarks>
public sealed record PodRow(string Namespace, string Name, string Ready, string Status, int Restarts, DateTimeOffset? Created)
{
    public static PodRow Of(V1Pod pod)
    {
        var containers = pod.Status?.ContainerStatuses ?? [];
        var (initializing, reason) = InitStatus(pod);
        var restarts = (pod.Status?.InitContainerStatuses ?? []).Sum(container => container.RestartCount);
        var ready = 0;
        if (!initializing)
        {
            restarts = containers.Sum(container => container.RestartCount);
            ready = containers.Count(container => container.Ready && container.State?.Running != null);
            reason = ContainerStatus(pod, containers, reason);
        }

        if (pod.Metadata.DeletionTimestamp != null)
        {
            reason = pod.Status?.Reason == "NodeLost" ? "Unknown" : "Terminating";
        }

        return new PodRow(
            pod.Metadata.NamespaceProperty ?? "",
            pod.Metadata.Name,
            $"{ready}/{pod.Spec?.Containers?.Count ?? 0}",
            reason,
            restarts,
            pod.Metadata.CreationTimestamp);
    }

    /// <summary>Whether init containers still hold the pod up, and its status so far.</summary>
    private static (bool Initializing, string Reason) InitStatus(V1Pod pod)
    {
        var reason = pod.Status?.Reason is { Length: > 0 } given ? given : pod.Status?.Phase ?? "Unknown";
        var statuses = pod.Status?.InitContainerStatuses ?? [];
        for (var index = 0; index < statuses.Count; index++)
        {
            var (state, spec) = (statuses[index].State, pod.Spec.InitContainers?.FirstOrDefault(container => container.Name == statuses[index].Name));
            if (state?.Terminated?.ExitCode == 0 || (spec?.RestartPolicy == "Always" && statuses[index].Started == true))
            {
                continue; // Done, or a side car that runs as long as the pod does.
            }

            return (true, state switch
            {
                { Terminated: { } ended } => $"Init:{Ended(ended)}",
                { Waiting.Reason: { Length: > 0 } waiting } when waiting != "PodInitializing" => $"Init:{waiting}",
                _ => $"Init:{index}/{pod.Spec.InitContainers?.Count ?? 0}",
            });
        }

        return (false, reason);
    }

    private static string ContainerStatus(V1Pod pod, IList<V1ContainerStatus> containers, string reason)
    {
        // Of several, the first container's word counts most.
        foreach (var container in containers.Reverse())
        {
            reason = container.State switch
            {
                { Waiting.Reason: { Length: > 0 } waiting } => waiting,
                { Terminated: { } ended } => Ended(ended),
                _ => reason,
            };
        }

        var runs = containers.Any(container => container.Ready && container.State?.Running != null);
        return reason != "Completed" || !runs ? reason : IsReady(pod) ? "Running" : "NotReady";
    }

    private static string Ended(V1ContainerStateTerminated ended) =>
        ended.Reason is { Length: > 0 } reason ? reason : ended.Signal is { } signal and not 0 ? $"Signal:{signal}" : $"ExitCode:{ended.ExitCode}";

    /// <summary>Whether the pod's condition <c>Ready</c> is true.</summary>
    internal static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition.Type == "Ready" && condition.Status == "True") == true;
}
