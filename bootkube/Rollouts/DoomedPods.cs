namespace Bootkube.Rollouts;

/// <summary>Tells pods that only need time from pods that will not run without somebody's doing.</summary>
internal static class DoomedPods
{
    /// <summary>A container that crashed so often, waiting longer each time (about 80 s by then), will go on crashing.</summary>
    public const int CrashLoopRestarts = 5;

    /// <summary>A kubelet may say so for a moment, about an image that is being imported.</summary>
    public static readonly TimeSpan NoImage = TimeSpan.FromSeconds(30);

    /// <summary>A registry may be away for some time.</summary>
    public static readonly TimeSpan NoRegistry = TimeSpan.FromMinutes(5);

    /// <summary>Why the pod will not run; null if it may. Pure.</summary>
    public static string? Why(Pod pod, DateTimeOffset now)
    {
        var age = now - pod.Created;
        return pod.Waiting switch
        {
            "ErrImageNeverPull" or "InvalidImageName" when age >= NoImage => $"{pod.Waiting}: {pod.Words}",
            "ImagePullBackOff" or "ErrImagePull" when age >= NoRegistry => $"{pod.Waiting} for {age.TotalMinutes:0} min: {pod.Words}",
            "CrashLoopBackOff" when pod.Restarts >= CrashLoopRestarts => $"CrashLoopBackOff after {pod.Restarts} restarts",
            _ => null,
        };
    }
}
