using Bootkube.Assets;
using KubePivot.Files;

namespace Bootkube.Pivot;

/// <summary>
/// The static pods that serve until the self-hosted control plane does: their manifests in the kubelet's folder, their certificates
/// and keys beside it. What an interrupted run left is adopted: equal files stay as they are, so that running pods go on running.
/// </summary>
/// <param name="root">Stands for <c>/</c>.</param>
internal sealed class TemporaryControlPlane(AssetTree assets, string root)
{
    private readonly string folder = Path.Combine(root, "etc", "kubernetes");

    public IReadOnlyList<Manifest> Pods => assets.BootstrapManifests;

    /// <summary>The static pod of its API server, which <see cref="Endpoints"/> has found to be there.</summary>
    public Manifest ApiServer => Pods.First(IsApiServer);

    /// <summary>Whether any of its pods is there, from this run or an earlier one.</summary>
    public bool IsInPlace => Pods.Any(pod => File.Exists(PathOf(pod)));

    /// <summary>Whether a run that put it in place was interrupted before all of it was gone: its secrets go last.</summary>
    public bool HasTraces => Directory.Exists(SecretFolder);

    private string SecretFolder => Path.Combine(folder, "bootstrap-secrets");

    public static bool IsApiServer(Manifest pod) => pod.Name.Contains("apiserver", StringComparison.Ordinal);

    /// <summary>Puts keys, then pods, in place.</summary>
    /// <returns>What was done, for people.</returns>
    public string PutInPlace()
    {
        AtomicFile.CreateSecretFolder(SecretFolder);
        foreach (var file in AssetTree.FilesOf(assets.TlsFolder, "*"))
        {
            WriteIfDifferent(Path.Combine(SecretFolder, Path.GetFileName(file)), File.ReadAllBytes(file), AtomicFile.WriteSecret);
        }

        var done = FilesOf(Pods).Select(file => (file, Change: WriteIfDifferent(PathOf(file), File.ReadAllBytes(SourceOf(file)), WriteForKubelet)));
        return string.Join(", ", done.Select(item => $"{item.file} {item.Change}"));
    }

    /// <summary>Puts these pods back.</summary>
    public void PutBack(IEnumerable<Manifest> pods)
    {
        foreach (var file in FilesOf(pods))
        {
            WriteForKubelet(PathOf(file), File.ReadAllBytes(SourceOf(file)));
        }
    }

    /// <summary>Takes these pods away from the kubelet, which then ends them.</summary>
    public void Remove(IEnumerable<Manifest> pods)
    {
        foreach (var file in FilesOf(pods))
        {
            File.Delete(PathOf(file));
        }
    }

    /// <summary>Removes the copies of certificates and keys.</summary>
    public void RemoveSecrets()
    {
        if (Directory.Exists(SecretFolder))
        {
            Directory.Delete(SecretFolder, recursive: true);
        }
    }

    private static IEnumerable<string> FilesOf(IEnumerable<Manifest> pods) => pods.Select(pod => Path.GetFileName(pod.File)).Distinct();

    private string SourceOf(string file) => Path.Combine(assets.BootstrapManifestFolder, file);

    private string PathOf(Manifest pod) => PathOf(Path.GetFileName(pod.File));

    private string PathOf(string file) => Path.Combine(folder, "manifests", file);

    private static string WriteIfDifferent(string path, byte[] content, WriteFile write)
    {
        var there = File.Exists(path);
        if (there && File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
        {
            return "adopted";
        }

        write(path, content);
        return there ? "replaced" : "written";
    }

    /// <summary>The kubelet reads every file of its folder, half-written ones too: so written elsewhere and moved in.</summary>
    private void WriteForKubelet(string path, ReadOnlySpan<byte> content)
    {
        // In the folder that goes at the end, so that a run that is killed here leaves nothing for ever.
        var staged = Path.Combine(SecretFolder, Path.GetFileName(path));
        AtomicFile.WriteSecret(staged, content);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(staged, path, overwrite: true);
    }

    private delegate void WriteFile(string path, ReadOnlySpan<byte> content);
}
