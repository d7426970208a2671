namespace KubePivot.Kubernetes;

/// <summary>How long a trouble may last that often passes by itself, before success counts as impossible. Each more than zero.</summary>
public sealed record Patience
{
    /// <summary>An image that cannot be pulled: a registry may be out of breath. Default 90 s.</summary>
    public TimeSpan ImagePull { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>An image that is no name of one, or may not be pulled and is not there: nothing changes that. Default 10 s.</summary>
    public TimeSpan ImageNever { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A container that cannot be made of its configuration: a Secret may still come. Default 2 min.</summary>
    public TimeSpan Configuration { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A pod that no node can take, counted while all nodes are Ready. Default 2 min.</summary>
    public TimeSpan Scheduling { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Restarts of a container since it is watched, while it is in CrashLoopBackOff: a pivot costs a controller manager that loses
    /// its lease one or two. Default 5.
    /// </summary>
    public int Restarts { get; init; } = 5;

    /// <summary>A container in CrashLoopBackOff that was never ready in between. Default 5 min, the kubelet's longest pause between two starts.</summary>
    public TimeSpan CrashLoop { get; init; } = TimeSpan.FromMinutes(5);
}
