using KubePivot;

namespace Bootkube.Assets;

/// <summary>The asset tree that <c>--asset-dir</c> names, with the parts that a command needs found and read.</summary>
internal sealed class AssetTree
{
    private AssetTree(string folder, IReadOnlyList<Manifest> manifests, IReadOnlyList<Manifest> bootstrapManifests)
    {
        Folder = folder;
        Manifests = manifests;
        BootstrapManifests = bootstrapManifests;
    }

    public string Folder { get; }

    public string KubeconfigFile => Path.Combine(Folder, "auth", "kubeconfig");

    public string TlsFolder => Path.Combine(Folder, "tls");

    public string BootstrapManifestFolder => Path.Combine(Folder, "bootstrap-manifests");

    /// <summary>All objects of <c>manifests/</c>, in the order of files and within them.</summary>
    public IReadOnlyList<Manifest> Manifests { get; }

    /// <summary>The static pods of <c>bootstrap-manifests/</c>; empty if they were not asked for.</summary>
    public IReadOnlyList<Manifest> BootstrapManifests { get; }

    /// <summary>Reads the tree.</summary>
    /// <param name="withTemporaryControlPlane">Whether <c>tls/</c> and <c>bootstrap-manifests/</c> are needed, too.</param>
    /// <exception cref="InvalidInputException">With all that is missing or not readable.</exception>
    public static AssetTree Load(string folder, bool withTemporaryControlPlane)
    {
        var problems = new List<Problem>();
        if (!File.Exists(Path.Combine(folder, "auth", "kubeconfig")))
        {
            problems.Add(new("auth/kubeconfig", null, "is missing: it says how to reach the API server"));
        }

        var manifests = Read(folder, "manifests", problems);
        var bootstrap = withTemporaryControlPlane ? Read(folder, "bootstrap-manifests", problems) : [];
        if (withTemporaryControlPlane && FilesOf(Path.Combine(folder, "tls"), "*").Count == 0)
        {
            problems.Add(new("tls", null, "holds no files: the temporary control plane needs its certificates and keys"));
        }

        return problems.Count == 0
            ? new(folder, manifests, bootstrap)
            : throw new InvalidInputException($"The asset tree {folder} is not right:", problems);
    }

    /// <summary>Files of a folder, ordered by name; none if there is no such folder.</summary>
    public static IReadOnlyList<string> FilesOf(string folder, string pattern) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)] : [];

    private static List<Manifest> Read(string folder, string part, List<Problem> problems)
    {
        var found = new List<Manifest>();
        foreach (var file in FilesOf(Path.Combine(folder, part), "*.yaml"))
        {
            try
            {
                found.AddRange(ManifestReader.Read($"{part}/{Path.GetFileName(file)}", File.ReadAllText(file), problems));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                problems.Add(new($"{part}/{Path.GetFileName(file)}", null, $"cannot be read: {exception.Message}"));
            }
        }

        if (found.Count == 0 && problems.Count == 0)
        {
            problems.Add(new(part, null, "holds no objects"));
        }

        return found;
    }
}
