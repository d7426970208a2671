using System.Runtime.InteropServices;
using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Images;

/// <summary>What a source gives for a release: programs and container images, in the cache of the user.</summary>
public sealed class KubernetesArtifacts
{
    /// <summary>Raised whenever the same source must give other programs: they are compiled anew, which takes minutes.</summary>
    private const string ProgramRecipe = "3";

    /// <summary>The last part is raised whenever the same programs must give other images: these are put together anew.</summary>
    private const string Recipe = $"{ProgramRecipe}.1";

    /// <summary>Name of <see cref="NodeTree"/>, in bundles too.</summary>
    public const string NodeFolder = "node";

    /// <summary>The file system that lxc machines begin with, if a bundle brings it along; see <see cref="LxcBox"/>.</summary>
    public string MachineBase => Path.Combine(Folder, "machines", "debian.tar.gz");

    private KubernetesArtifacts(KubernetesRelease release, string folder)
    {
        Release = release;
        Folder = folder;
    }

    /// <summary>Programs made from Kubernetes' source; the first four are put into an image each.</summary>
    public static IReadOnlyList<string> Programs { get; } = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl"];

    /// <summary>Components that run as containers, <c>pause</c> and the add-ons that Debian can supply among them.</summary>
    public static IReadOnlyList<string> Images { get; } = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "pause", DefaultBackendImage.Component];

    /// <summary>Debian's and Go's name of this machine's processor: <c>amd64</c> or <c>arm64</c>.</summary>
    public static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    public KubernetesRelease Release { get; }

    /// <summary>As in <c>~/.cache/kubepivot/kubernetes/v1.20.2-debian-amd64</c>.</summary>
    public string Folder { get; }

    /// <summary>Written last, so that it says that the folder is complete.</summary>
    public string ChecksumsFile => Path.Combine(Folder, Checksums.FileName);

    /// <summary>Whether all is there, made by the present recipe. A bundle was made elsewhere, and by whatever recipe.</summary>
    public bool IsComplete => Release.Source == KubernetesSource.Bundle ? File.Exists(ChecksumsFile) : FoundRecipe == WantedRecipe;

    /// <summary>Whether at least the programs are there, made by the present recipe, and whole.</summary>
    public bool HasPrograms => FoundRecipe.Split('.')[0] == ProgramRecipe && Checksums.Damaged(Folder, below: "bin/").Count == 0;

    /// <summary>Downloads are their own recipe: others are published under other addresses.</summary>
    private string WantedRecipe => Release.Source == KubernetesSource.Upstream ? string.Join(' ', Release.Downloads.Select(download => $"{download.Address} {string.Join(' ', download.Files)}")) : Recipe;

    private string FoundRecipe => File.Exists(ChecksumsFile) && File.Exists(RecipeFile(Folder)) ? File.ReadAllText(RecipeFile(Folder)).Trim() : "";

    /// <summary>Cheap: what stands for the content in a fingerprint; empty if it is not complete.</summary>
    public string State => IsComplete ? File.ReadAllText(ChecksumsFile) : "";

    /// <summary>Where a release's artifacts are, or will be.</summary>
    public static KubernetesArtifacts Locate(KubernetesRelease release) => new(
        release, release.Folder ?? Path.Combine(ClusterPaths.Cache, "kubernetes", $"{release.Version}-{release.Source.ToString().ToLowerInvariant()}-{Architecture}"));

    /// <summary>Artifacts that lie in a folder of their own.</summary>
    public static KubernetesArtifacts At(KubernetesRelease release, string folder) => new(release, folder);

    /// <summary>Notes in a folder which recipe its files were made by.</summary>
    public void WriteRecipe(string folder) => File.WriteAllText(RecipeFile(folder), $"{WantedRecipe}\n");

    private static string RecipeFile(string folder) => Path.Combine(folder, "recipe");

    /// <summary>Path of a program of <see cref="Programs"/>.</summary>
    public string Program(string name) => Path.Combine(Folder, "bin", name);

    /// <summary>The tree of further files for each node, which mirrors <c>/</c> of it, as in <c>node/usr/local/bin/containerd</c>; not there if there are none.</summary>
    public string NodeTree => Path.Combine(Folder, NodeFolder);

    /// <summary>All image archives.</summary>
    public IReadOnlyList<string> ImageArchives =>
        Directory.Exists(Path.Combine(Folder, "images")) ? [.. Directory.EnumerateFiles(Path.Combine(Folder, "images"), "*.tar").Order(StringComparer.Ordinal)] : [];

    /// <summary>Path of a component's image, a docker-archive.</summary>
    public string Image(string component) => Path.Combine(Folder, "images", $"{component}.tar");
}
