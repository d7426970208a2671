using KubePivot.Configuration;

namespace KubePivot.Assets;

/// <summary>The Kubernetes release in use.</summary>
/// <param name="Version">As in <c>v1.20.2</c>.</param>
/// <param name="Source">Where kubelet and images come from; never <see cref="KubernetesSource.Auto"/>.</param>
public sealed record KubernetesRelease(string Version, KubernetesSource Source)
{
    /// <summary>For people and fingerprints: <c>v1.20.2 from debian</c>.</summary>
    public override string ToString() => $"{Version} from {Source.ToString().ToLowerInvariant()}";
}
