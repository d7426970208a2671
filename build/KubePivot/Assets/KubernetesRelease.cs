using KubePivot.Configuration;
using KubePivot.HostPackages;

namespace KubePivot.Assets;

/// <summary>The Kubernetes release in use.</summary>
/// <param name="Version">As in <c>v1.20.2</c>.</param>
/// <param name="Source">Where kubelet and images come from; never <see cref="KubernetesSource.Auto"/>.</param>
public sealed record KubernetesRelease(string Version, KubernetesSource Source)
{
    /// <summary>The folder of the bundle; null for other sources.</summary>
    public string? Folder { get; init; }

    /// <summary>The images that a bundle has, by component; null: those that the catalogue names.</summary>
    public IReadOnlyDictionary<string, string>? Images { get; init; }

    /// <summary>Images that cluster.yaml names in place of the source's, by component.</summary>
    public IReadOnlyDictionary<string, string> Overrides { get; init; } = new Dictionary<string, string>();

    /// <summary>Which node program the build's own images hold: the first digits of a hash of its sources, as <see cref="Bootkube.BootkubeBuild"/> has it.</summary>
    public string NodeProgram { get; init; } = "none";

    /// <summary>What is downloaded for it; empty for sources other than upstream.</summary>
    public IReadOnlyList<ProgramDownload> Downloads { get; init; } = [];

    /// <summary>Code name of Debian's release that lxc machines are made of, unless a bundle brings their file system along.</summary>
    public string MachinesDebian { get; init; } = DebianSources.Release;

    /// <summary>For people: <c>v1.20.2 from debian</c>.</summary>
    public override string ToString() => $"{Version} from {Source.ToString().ToLowerInvariant()}";

    /// <summary>For fingerprints: all that what is rendered depends on.</summary>
    public string Identity => $"{this} {Words(Images)} {Words(Overrides)}".TrimEnd();

    private static string Words(IReadOnlyDictionary<string, string>? images) =>
        string.Join(' ', (images ?? new Dictionary<string, string>()).OrderBy(image => image.Key, StringComparer.Ordinal).Select(image => $"{image.Key}={image.Value}"));
}
