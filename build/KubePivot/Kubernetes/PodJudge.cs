using k8s.Models;

namespace KubePivot.Kubernetes;

public enum PodState
{
    /// <summary>Does not count: it goes away, its controller has replaced it, or it is a copy that stands in for another.</summary>
    Ignored,

    /// <summary>Running and Ready, or done with success.</summary>
    Good,

    NotYet,

    /// <summary>Will not become good by waiting.</summary>
    Hopeless,
}

/// <summary>What a pod is found to be.</summary>
/// <param name="Reason">Why it is not good, in words; empty if it is.</param>
public sealed record PodVerdict(V1Pod Pod, PodState State, string Reason);

/// <summary>Judges pods, and remembers since when each has been in trouble: most troubles pass.</summary>
public sealed class PodJudge(Patience patience)
{
    private static readonly HashSet<string> PullTroubles = new(StringComparer.Ordinal) { "ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "ImageInspectError", "SignatureValidationFailed" };

    private static readonly HashSet<string> ImageNevers = new(StringComparer.Ordinal) { "InvalidImageName", "ErrImageNeverPull" };

    private static readonly HashSet<string> ConfigurationTroubles = new(StringComparer.Ordinal) { "CreateContainerConfigError", "CreateContainerError", "RunContainerError" };

    private readonly Dictionary<string, DateTimeOffset> since = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> restartsBefore = new(StringComparer.Ordinal);

    /// <summary>Why the last pull failed, by container: between two tries the kubelet only says that it waits.</summary>
    private readonly Dictionary<string, ImagePullFailure> pulls = new(StringComparer.Ordinal);

    /// <summary>The IDs, without the runtime's name, of a pod's containers that run, as the API has it.</summary>
    public static IEnumerable<string> RunningContainers(V1Pod pod) => (pod.Status?.ContainerStatuses ?? [])
        .Where(container => container.State?.Running != null && container.ContainerID != null)
        .Select(container => container.ContainerID.Split("://")[^1]);

    /// <summary>Judges one pod.</summary>
    /// <param name="nodesReady">All nodes of the cluster are Ready: only then it counts that no node can take a pod.</param>
    /// <param name="ended">Containers that do not run, whatever the API says of them, as <see cref="RunningContainers"/> has them; null: none.</param>
    public PodVerdict Judge(V1Pod pod, bool nodesReady, DateTimeOffset now, IReadOnlySet<string>? ended = null)
    {
        if (IsIgnored(pod))
        {
            return new PodVerdict(pod, PodState.Ignored, "");
        }

        var hopeless = Troubles(pod, nodesReady, now).FirstOrDefault();
        if (hopeless != null)
        {
            return new PodVerdict(pod, PodState.Hopeless, hopeless);
        }

        return pod.Status?.Phase switch
        {
            "Succeeded" => new PodVerdict(pod, PodState.Good, ""),
            "Running" when ended != null && RunningContainers(pod).Any(ended.Contains) => new PodVerdict(pod, PodState.NotYet, "does not run any more, which its kubelet has not said yet"),
            "Running" when PodRow.IsReady(pod) => new PodVerdict(pod, PodState.Good, ""),
            "Failed" when OwnerOf(pod) == null => new PodVerdict(pod, PodState.Hopeless, $"has failed, and nothing starts it again: {pod.Status.Message ?? pod.Status.Reason ?? "no reason given"}"),
            _ => new PodVerdict(pod, PodState.NotYet, PodRow.Of(pod) is { Status: not "Running" } row ? row.Status : "Running, not Ready"),
        };
    }

    /// <summary>Whether a pod does not count.</summary>
    public static bool IsIgnored(V1Pod pod) =>
        pod.Metadata.DeletionTimestamp != null || IsCopy(pod) || (pod.Status?.Phase == "Failed" && OwnerOf(pod) is "ReplicaSet" or "DaemonSet" or "StatefulSet");

    private static string? OwnerOf(V1Pod pod) => pod.Metadata.OwnerReferences?.FirstOrDefault(reference => reference.Controller == true)?.Kind;

    /// <summary>Whether it is a pod-checkpointer's copy of another pod: it comes and goes as that needs it.</summary>
    private static bool IsCopy(V1Pod pod) => pod.Metadata.Annotations?.ContainsKey("checkpointer.alpha.coreos.com/checkpoint-of") == true;

    /// <summary>Forgets pods that are gone.</summary>
    public void Keep(IEnumerable<V1Pod> pods)
    {
        var kept = pods.Select(pod => pod.Metadata.Uid ?? "").ToHashSet(StringComparer.Ordinal);
        foreach (var key in since.Keys.Concat(restartsBefore.Keys).Concat(pulls.Keys).Where(key => !kept.Contains(key.Split(' ')[0])).ToList())
        {
            since.Remove(key);
            restartsBefore.Remove(key);
            pulls.Remove(key);
        }
    }

    /// <summary>The troubles that have lasted too long.</summary>
    private IEnumerable<string> Troubles(V1Pod pod, bool nodesReady, DateTimeOffset now)
    {
        var uid = pod.Metadata.Uid ?? "";
        foreach (var container in (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []))
        {
            var waiting = container.State?.Waiting;
            if (ImagePullFailure.Find(waiting?.Message ?? "") is { Cause: not ImagePullCause.Unknown } failure)
            {
                pulls[$"{uid} {container.Name}"] = failure;
            }

            if (Lasts($"{uid} {container.Name} image", PullTroubles.Contains(waiting?.Reason ?? ""), patience.ImagePull, now)
                || Lasts($"{uid} {container.Name} never", ImageNevers.Contains(waiting?.Reason ?? ""), patience.ImageNever, now))
            {
                yield return pulls.GetValueOrDefault($"{uid} {container.Name}")?.ToString() ?? $"image {container.Image} cannot be had ({waiting!.Reason}{Because(waiting.Message)})";
            }

            if (Lasts($"{uid} {container.Name} configuration", ConfigurationTroubles.Contains(waiting?.Reason ?? ""), patience.Configuration, now))
            {
                yield return $"container {container.Name} cannot be started ({waiting!.Reason}{Because(waiting.Message)})";
            }

            if (CrashLoops(container, $"{uid} {container.Name} crash", now))
            {
                yield return $"container {container.Name} starts and ends again and again: {container.RestartCount} restarts, last exit code {container.LastState?.Terminated?.ExitCode.ToString() ?? "unknown"}";
            }
        }

        var scheduled = pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "PodScheduled");
        if (Lasts($"{uid} scheduling", nodesReady && scheduled is { Status: "False", Reason: "Unschedulable" }, patience.Scheduling, now))
        {
            yield return $"no node can take it{Because(scheduled!.Message)}";
        }
    }

    private bool CrashLoops(V1ContainerStatus container, string key, DateTimeOffset now)
    {
        restartsBefore.TryAdd(key, container.RestartCount);
        if (container.Ready)
        {
            since.Remove(key);
            return false;
        }

        if (container.State?.Waiting?.Reason != "CrashLoopBackOff")
        {
            return false; // It runs for a moment between two ends: not a sign that it is well.
        }

        var started = since.TryAdd(key, now) ? now : since[key];
        return container.RestartCount - restartsBefore[key] >= patience.Restarts
            || (container.RestartCount >= patience.Restarts && now - started >= patience.CrashLoop);
    }

    /// <summary>Whether a trouble that is there now has been there for so long; remembers when it began, and forgets it when it is over.</summary>
    private bool Lasts(string key, bool isThere, TimeSpan bound, DateTimeOffset now)
    {
        if (!isThere)
        {
            since.Remove(key);
            return false;
        }

        return now - (since.TryAdd(key, now) ? now : since[key]) >= bound;
    }

    private static string Because(string? message) => message is { Length: > 0 } ? $": {message}" : "";
}
