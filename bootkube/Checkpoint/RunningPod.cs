namespace Bootkube.Checkpoint;

/// <summary>A pod of which a container runs on this node, as the container runtime has it.</summary>
/// <param name="Annotations">Those of the pod, and the kubelet's.</param>
/// <param name="Labels">Those of the pod, and the kubelet's.</param>
internal sealed record RunningPod(
    string Namespace, string Name, IReadOnlyDictionary<string, string> Annotations, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<string> ContainerIds)
{
    /// <summary>Labels that tell the pods of one workload apart.</summary>
    public static readonly IReadOnlyList<string> RevisionLabels = ["controller-revision-hash", "pod-template-generation", "pod-template-hash"];

    /// <summary>Whether this is a pod that the copy stands for, of whichever revision; the copy itself is not.</summary>
    public bool IsParentOf(Copy copy) =>
        Namespace == copy.Key.Namespace
        && Annotations.GetValueOrDefault(Checkpoint.Annotations.Checkpoint) == "true"
        && Annotations.GetValueOrDefault(Checkpoint.Annotations.Source) is null or "api"
        && (Name == copy.ParentName || (copy.Labels.Count > 0 && copy.Labels.All(label => Labels.GetValueOrDefault(label.Key) == label.Value)));
}
