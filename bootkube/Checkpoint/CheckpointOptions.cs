namespace Bootkube.Checkpoint;

/// <summary>What <c>bootkube checkpoint</c> is told.</summary>
internal sealed record CheckpointOptions
{
    /// <summary>Name of this node in the API.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>The kubelet's.</summary>
    public string Kubeconfig { get; init; } = "/etc/kubernetes/kubeconfig";

    /// <summary>Where the container runtime listens.</summary>
    public string RuntimeSocket { get; init; } = "/run/containerd/containerd.sock";

    /// <summary>File that is touched as a sign of life; null: none.</summary>
    public string? Heartbeat { get; init; }

    /// <summary>A copy is activated once the API has been away for so long; default 5 s, for a load balancer to have found another server.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A copy is removed once the API has said for so long that its pod is gone; default 5 min, long enough for any roll-out.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(5);
}
