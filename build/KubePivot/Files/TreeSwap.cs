using System.Runtime.InteropServices;

namespace KubePivot.Files;

/// <summary>
/// Replaces a whole folder: the new one is built beside it and takes its place in one step, so that a reader, or a run after a
/// kill, sees the old tree or the new one, never a mixture.
/// </summary>
public sealed class TreeSwap
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint Exchange = 2; // RENAME_EXCHANGE

    private readonly string folder;

    /// <param name="folder">The folder to replace; it need not exist. What an interrupted run left beside it is removed.</param>
    public TreeSwap(string folder)
    {
        this.folder = folder;
        Fresh = folder + ".new";
        Remove(Fresh);
        AtomicFile.CreateSecretFolder(Fresh);
    }

    /// <summary>The folder to write the new tree into.</summary>
    public string Fresh { get; }

    /// <summary>Gives the new tree the old one the chance to be the same file: an unchanged file keeps its time of change.</summary>
    /// <param name="path">Relative to the folder.</param>
    /// <returns>Whether the old tree had a file of this content, which the new one has now.</returns>
    public bool KeepIfSame(string path, ReadOnlySpan<byte> content)
    {
        var old = new FileInfo(Path.Combine(folder, path));
        if (!old.Exists || old.Length != content.Length || !content.SequenceEqual(File.ReadAllBytes(old.FullName)))
        {
            return false;
        }

        Link(old.FullName, Path.Combine(Fresh, path));
        return true;
    }

    /// <summary>Puts a large file into the new tree without reading it: a second name of the same file where the file system can, else a copy.</summary>
    /// <param name="source">Must not be changed in place from now on.</param>
    public void Take(string source, string path) => Link(source, Path.Combine(Fresh, path));

    /// <summary>Puts the new tree in the place of the old one, which is removed.</summary>
    public void Commit()
    {
        if (!Directory.Exists(folder))
        {
            Directory.Move(Fresh, folder);
            return;
        }

        if (!TryExchange(Fresh, folder))
        {
            // Two steps where one is not to be had; a kill between them leaves the tree missing, which the next run makes anew.
            Remove(folder + ".old");
            Directory.Move(folder, folder + ".old");
            Directory.Move(Fresh, folder);
            Remove(folder + ".old");
            return;
        }

        Remove(Fresh);
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static void Link(string source, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (!OperatingSystem.IsLinux() || NativeLink(source, target) != 0)
        {
            // Keeps the time of change, and on Unix the mode.
            File.Copy(source, target, overwrite: true);
        }
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

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeLink([MarshalAs(UnmanagedType.LPUTF8Str)] string source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target);

    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeRename(
        int oneFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string one, int otherFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string other, uint flags);
}
