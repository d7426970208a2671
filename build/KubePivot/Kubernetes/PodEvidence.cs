using k8s;
using k8s.Models;

namespace KubePivot.Kubernetes;

/// <summary>Why pods are not what they should be, for the person at the terminal: states, events, last words of their logs.</summary>
public sealed class PodEvidence(IKubernetes api)
{
    /// <summary>So many pods are shown in full; what holds for one often holds for all of its kind.</summary>
    private const int Shown = 3;

    private const int LogLines = 15;

    /// <summary>Lines for the message of a failure. What cannot be had says so, and is no failure of its own.</summary>
    /// <param name="pods">The hopeless ones first.</param>
    public async Task<string> CollectAsync(IReadOnlyList<V1Pod> pods, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        foreach (var pod in pods.Take(Shown))
        {
            lines.Add($"  Pod {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name} on {pod.Spec?.NodeName ?? "no node"}: {PodRow.Of(pod).Status}");
            lines.AddRange(States(pod));
            lines.AddRange(await EventsAsync(pod, cancellationToken).ConfigureAwait(false));
            lines.AddRange(await LogsAsync(pod, cancellationToken).ConfigureAwait(false));
        }

        if (pods.Count > Shown)
        {
            lines.Add($"  And {pods.Count - Shown} more pods: {string.Join(", ", pods.Skip(Shown).Select(ClusterVerdict.NameOf))}");
        }

        return string.Join(Environment.NewLine, lines);
    }

    private static IEnumerable<V1ContainerStatus> Containers(V1Pod pod) => (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []);

    private static IEnumerable<string> States(V1Pod pod) =>
    [
        .. (pod.Status?.Conditions ?? [])
            .Where(condition => condition is { Type: "PodScheduled", Status: "False" })
            .Select(condition => $"    not scheduled: {condition.Reason} {condition.Message}"),
        .. Containers(pod).Where(container => !container.Ready).SelectMany(StatesOf),
    ];

    private static IEnumerable<string> StatesOf(V1ContainerStatus container)
    {
        yield return $"    container {container.Name}, {container.RestartCount} restarts: " + container.State switch
        {
            { Waiting: { } waiting } => $"waiting, {waiting.Reason} {waiting.Message}".TrimEnd(),
            { Terminated: { } ended } => Ended(ended),
            { Running: not null } => "runs, not ready",
            _ => "no state reported yet",
        };
        if (container.LastState?.Terminated is { } last)
        {
            yield return $"      before that: {Ended(last)}";
        }
    }

    private static string Ended(V1ContainerStateTerminated ended) => $"ended, {ended.Reason} exit code {ended.ExitCode} {ended.Message}".TrimEnd();

    private async Task<IEnumerable<string>> EventsAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        try
        {
            var events = await api.CoreV1.ListNamespacedEventAsync(
                pod.Metadata.NamespaceProperty, fieldSelector: $"involvedObject.uid={pod.Metadata.Uid}", cancellationToken: cancellationToken).ConfigureAwait(false);
            var ordered = events.Items.OrderBy(found => found.LastTimestamp ?? found.EventTime ?? found.Metadata.CreationTimestamp).ToList();
            return ordered.Select(found => ImagePullFailure.Find(found.Message ?? "")).OfType<ImagePullFailure>().TakeLast(1).Select(failure => $"    {failure}")
                .Concat(ordered.TakeLast(8).Select(found => $"    event: {found.Type} {found.Reason}{(found.Count > 1 ? $" ({found.Count} times)" : "")}: {found.Message}"));
        }
        catch (Exception exception) when (ApiFailure.Is(exception))
        {
            return [$"    events cannot be had: {ApiFailure.Words(exception)}"];
        }
    }

    private async Task<IEnumerable<string>> LogsAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        foreach (var container in Containers(pod).Where(container => !container.Ready && container.State?.Terminated is not { ExitCode: 0 }))
        {
            if (container.State?.Running != null || container.State?.Terminated != null)
            {
                lines.AddRange(await LogAsync(pod, container.Name, previous: false, cancellationToken).ConfigureAwait(false));
            }

            if (container.LastState?.Terminated != null)
            {
                lines.AddRange(await LogAsync(pod, container.Name, previous: true, cancellationToken).ConfigureAwait(false));
            }
        }

        return lines;
    }

    private async Task<IEnumerable<string>> LogAsync(V1Pod pod, string container, bool previous, CancellationToken cancellationToken)
    {
        var title = $"    log of {container}{(previous ? " before its last restart" : "")}";
        try
        {
            using var stream = await api.CoreV1.ReadNamespacedPodLogAsync(
                pod.Metadata.Name, pod.Metadata.NamespaceProperty, container: container, previous: previous, tailLines: LogLines, cancellationToken: cancellationToken).ConfigureAwait(false);
            using var reader = new StreamReader(stream);
            var text = await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            return text.Trim().Length == 0 ? [$"{title}: empty"] : text.TrimEnd().Split('\n').Select(line => $"      {line.TrimEnd()}").Prepend($"{title}:");
        }
        catch (Exception exception) when (ApiFailure.Is(exception))
        {
            return [$"{title} cannot be had: {ApiFailure.Words(exception)}"];
        }
    }
}
