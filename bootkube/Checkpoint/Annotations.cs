namespace Bootkube.Checkpoint;

/// <summary>What a pod's annotations say of its copy. The first two are those of the original pod-checkpointer.</summary>
internal static class Annotations
{
    /// <summary><c>true</c>: a copy of the pod is kept.</summary>
    public const string Checkpoint = "checkpointer.alpha.coreos.com/checkpoint";

    /// <summary>On a copy: the name of the pod that it was made of.</summary>
    public const string CopyOf = "checkpointer.alpha.coreos.com/checkpoint-of";

    /// <summary>
    /// Arguments that the copy has in place of those of the same name, or besides, separated by spaces. With a port of its own
    /// (<c>--secure-port=6444</c>; the probes follow) a copy runs beside its parent, and stays until that is Ready.
    /// </summary>
    public const string Arguments = "checkpointer.kubepivot.local/arguments";

    /// <summary><c>true</c>: the copy runs at all times, beside the pod, which must be able to bear that.</summary>
    public const string AlwaysActive = "checkpointer.kubepivot.local/always-active";

    /// <summary>Set by the kubelet on pods that come from a file.</summary>
    public const string Source = "kubernetes.io/config.source";

    /// <summary>Set by the kubelet on what it shows of such pods in the API.</summary>
    public const string Mirror = "kubernetes.io/config.mirror";
}
