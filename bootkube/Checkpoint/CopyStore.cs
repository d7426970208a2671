using System.Text;
using Bootkube.Api;
using KubePivot.Files;

namespace Bootkube.Checkpoint;

/// <summary>
/// The copies on this node's disk: <c>/etc/kubernetes/manifests</c> (active, run by the kubelet), <c>inactive-manifests</c>, and what
/// they hold of Secrets and ConfigMaps. Every change is one rename, flushed: killed at any moment, the old state is there or the new.
/// </summary>
/// <param name="root">Stands for <c>/</c>.</param>
internal sealed class CopyStore(string root)
{
    public const string Secrets = "/etc/kubernetes/checkpoint-secrets";

    public const string ConfigMaps = "/etc/kubernetes/checkpoint-configmaps";

    /// <summary>Ends the name of what is not whole yet.</summary>
    private const string Unfinished = ".new";

    private string Active => On("/etc/kubernetes/manifests");

    private string Inactive => On("/etc/kubernetes/inactive-manifests");

    /// <summary>Reads the copies. A file that is cut off is removed: it can serve nobody, and keeps no other from being written.</summary>
    /// <param name="tell">Told about such files.</param>
    public IReadOnlyList<Copy> Load(Action<string> tell)
    {
        var copies = new Dictionary<CopyKey, Copy>();
        foreach (var (folder, active) in new[] { (Active, true), (Inactive, false) })
        {
            foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder) : [])
            {
                if (CopyKey.OfFile(Path.GetFileName(file)) is not { } key)
                {
                    continue;
                }

                var copy = new Copy(key, File.ReadAllText(file), active);
                if (JsonNodeExtensions.Parse(Encoding.UTF8.GetBytes(copy.Text)) == null || (copy.IsWhole && copies.ContainsKey(key)))
                {
                    tell($"{file} is {(copies.ContainsKey(key) ? "a second copy" : "no whole manifest")}: it is removed.");
                    File.Delete(file);
                }
                else if (copy.IsWhole)
                {
                    copies.Add(key, copy with { HasFolders = copy.Folders.Where(IsHeld).All(path => Directory.Exists(On(path))) });
                }
            }
        }

        return [.. copies.Values];
    }

    /// <summary>Whether the temporary control plane of a bootstrap is on this node.</summary>
    public bool HasTemporaryControlPlane => Directory.Exists(On("/etc/kubernetes/bootstrap-secrets"));

    /// <summary>Writes a copy: what it holds first, then the manifest in one step, where the copy lies or is to lie.</summary>
    public void Write(CopyManifest copy, bool active)
    {
        foreach (var folder in copy.Folders)
        {
            Hold(folder);
        }

        // The kubelet reads all that lies in its folder: written beside it, and moved in.
        var staged = Path.Combine(Inactive, copy.Key.FileName + Unfinished);
        AtomicFile.WriteSecret(staged, copy.Text);
        Move(staged, PathOf(copy.Key, active));
    }

    public void Activate(CopyKey key) => Move(PathOf(key, active: false), PathOf(key, active: true));

    public void Deactivate(CopyKey key) => Move(PathOf(key, active: true), PathOf(key, active: false));

    public void Remove(CopyKey key)
    {
        File.Delete(PathOf(key, active: true));
        File.Delete(PathOf(key, active: false));
    }

    /// <summary>Removes what no copy needs: folders of earlier revisions, and what was not finished when the power went.</summary>
    public void Sweep(IReadOnlyList<Copy> copies)
    {
        var needed = copies.SelectMany(copy => copy.Folders).Where(IsHeld).Select(On).ToHashSet(StringComparer.Ordinal);
        foreach (var kind in new[] { On(Secrets), On(ConfigMaps) }.Where(Directory.Exists))
        {
            foreach (var folder in FoldersAt(kind, depth: 4).Where(folder => !needed.Contains(folder)).ToList())
            {
                Directory.Delete(folder, recursive: true);
            }

            for (var depth = 3; depth > 0; depth--)
            {
                foreach (var folder in FoldersAt(kind, depth).Where(folder => !Directory.EnumerateFileSystemEntries(folder).Any()).ToList())
                {
                    Directory.Delete(folder);
                }
            }
        }

        foreach (var file in Directory.Exists(Inactive) ? Directory.GetFiles(Inactive).Where(file => CopyKey.OfFile(Path.GetFileName(file)) == null) : [])
        {
            File.Delete(file);
        }
    }

    private static bool IsHeld(string path) => path.StartsWith($"{Secrets}/", StringComparison.Ordinal) || path.StartsWith($"{ConfigMaps}/", StringComparison.Ordinal);

    private static IEnumerable<string> FoldersAt(string folder, int depth) =>
        depth == 0 ? [folder] : Directory.EnumerateDirectories(folder).SelectMany(child => FoldersAt(child, depth - 1));

    private string PathOf(CopyKey key, bool active) => Path.Combine(active ? Active : Inactive, key.FileName);

    private string On(string path) => Path.Join(root, path);

    private static void Move(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Move(from, to, overwrite: true);
        Disk.Flush(Path.GetDirectoryName(to)!);
        Disk.Flush(Path.GetDirectoryName(from)!);
    }

    /// <summary>Writes a folder that is not there yet. One that is there is whole, for it was renamed to its name when it was.</summary>
    private void Hold(HeldFolder folder)
    {
        var path = On(folder.Path);
        if (Directory.Exists(path))
        {
            return;
        }

        CreateSecretFolders(Path.GetDirectoryName(path)!);
        var unfinished = path + Unfinished;
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        AtomicFile.CreateSecretFolder(unfinished);
        foreach (var (name, content) in folder.Files)
        {
            CreateSecretFolders(Path.GetDirectoryName(Path.Combine(unfinished, name))!);
            AtomicFile.WriteSecret(Path.Combine(unfinished, name), content);
        }

        if (folder.Owner != 0)
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(unfinished, "*", SearchOption.AllDirectories).Append(unfinished).ToList())
            {
                Disk.SetOwner(entry, folder.Owner);
            }
        }

        Disk.Flush(unfinished);
        Directory.Move(unfinished, path);
        Disk.Flush(Path.GetDirectoryName(path)!);
    }

    /// <summary>Each by itself, for only the last of a path made at once gets the mode that was asked for.</summary>
    private static void CreateSecretFolders(string path)
    {
        if (!Directory.Exists(path))
        {
            CreateSecretFolders(Path.GetDirectoryName(path)!);
            AtomicFile.CreateSecretFolder(path);
            Disk.Flush(Path.GetDirectoryName(path)!);
        }
    }
}
