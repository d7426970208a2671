using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace KubePivot.Files;

/// <summary>A file that a folder shall hold.</summary>
/// <param name="Path">Relative to the folder, with <c>/</c> on every system.</param>
/// <param name="Content">Its content; null: that of <paramref name="Source"/>.</param>
/// <param name="Mode">Permission bits; a file that only its owner may read is written as a secret.</param>
/// <param name="Source">A large file that is taken as it is, unread; it must never be changed in place.</param>
public sealed record TreeFile(string Path, byte[]? Content, UnixFileMode Mode, string? Source = null);

/// <summary>
/// Makes a folder hold certain files and no others. The new tree is built beside the old one and takes its place in one step, so
/// that a reader, or a run after a kill, sees the old tree or the new one, never a mixture. What is unchanged stays as it is.
/// </summary>
public static class TreeSwap
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint Exchange = 2; // RENAME_EXCHANGE

    /// <returns>How many files are new, differ from before, or are gone.</returns>
    public static int Replace(string folder, IReadOnlyCollection<TreeFile> files)
    {
        var fresh = folder + ".new";
        Remove(fresh);
        var old = Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length : 0;
        var same = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        Parallel.ForEach(files, file => same[file.Path] = old > 0 && IsSame(Path.Combine(folder, file.Path), file));
        var kept = same.Values.Count(value => value);
        var changed = files.Count - kept + Math.Max(0, old - files.Count);
        if (changed == 0 && Directory.Exists(folder))
        {
            return 0;
        }

        AtomicFile.CreateSecretFolder(fresh);
        foreach (var parent in files.SelectMany(file => ParentsOf(file.Path)).Distinct(StringComparer.Ordinal).OrderBy(parent => parent.Length))
        {
            AtomicFile.CreateSecretFolder(Path.Combine(fresh, parent));
        }

        Parallel.ForEach(files, file => Put(Path.Combine(fresh, file.Path), file, same[file.Path] ? Path.Combine(folder, file.Path) : file.Source));
        Swap(fresh, folder);
        return changed;
    }

    /// <summary>The folders above a file; each is made by itself, for only the last of a path made at once gets the mode that was asked for.</summary>
    private static IEnumerable<string> ParentsOf(string path)
    {
        for (var slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }

    private static bool IsSame(string path, TreeFile file)
    {
        var old = new FileInfo(path);
        if (!old.Exists || (!OperatingSystem.IsWindows() && file.Source == null && old.UnixFileMode != file.Mode))
        {
            return false;
        }

        if (file.Source != null)
        {
            var source = new FileInfo(file.Source);
            return source.Length == old.Length && source.LastWriteTimeUtc == old.LastWriteTimeUtc;
        }

        return old.Length == file.Content!.Length && file.Content.AsSpan().SequenceEqual(File.ReadAllBytes(path));
    }

    private static void Put(string target, TreeFile file, string? existing)
    {
        if (existing != null)
        {
            Link(existing, target);
        }
        else if (file.Mode == OwnerOnly)
        {
            // What is lost with the power is rendered again.
            AtomicFile.WriteSecret(target, file.Content, flushToDisk: false);
        }
        else
        {
            AtomicFile.Write(target, file.Content);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(target, file.Mode);
            }
        }
    }

    /// <summary>A second name of the same file where the file system can, else a copy, which keeps time of change and mode.</summary>
    private static void Link(string source, string target)
    {
        if (!OperatingSystem.IsLinux() || NativeLink(source, target) != 0)
        {
            File.Copy(source, target, overwrite: true);
        }
    }

    private static void Swap(string fresh, string folder)
    {
        if (!Directory.Exists(folder))
        {
            Directory.Move(fresh, folder);
            return;
        }

        if (TryExchange(fresh, folder))
        {
            Remove(fresh);
            return;
        }

        // Two steps where one is not to be had; a kill between them leaves the tree missing, which the next run makes anew.
        var aside = folder + ".old";
        Remove(aside);
        Directory.Move(folder, aside);
        Directory.Move(fresh, folder);
        Remove(aside);
    }

    private static bool TryExchange(string one, string other)
    {
        try
        {
            return OperatingSystem.IsLinux() && NativeRename(CurrentDirectory, one, CurrentDirectory, other, Exchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeLink([MarshalAs(UnmanagedType.LPUTF8Str)] string source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target);

    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeRename(
        int oneFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string one, int otherFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string other, uint flags);
}
