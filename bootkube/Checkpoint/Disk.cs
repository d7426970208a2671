using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Bootkube.Checkpoint;

/// <summary>What .NET has no call for: owners of files, and folders whose entries are safe from a power loss.</summary>
internal static class Disk
{
    private const int ReadOnly = 0x80000; // O_RDONLY | O_CLOEXEC

    /// <summary>Gives a file or folder to a user and the group of the same number.</summary>
    public static void SetOwner(string path, int user)
    {
        if (ChangeOwner(path, user, user) != 0)
        {
            throw new IOException($"{path} could not be given to user {user}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    /// <summary>Returns when what was renamed or made in a folder is on disk.</summary>
    public static void Flush(string folder)
    {
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
        {
            return;
        }

        _ = Synchronize(descriptor);
        _ = Close(descriptor);
    }

    [DllImport("libc", EntryPoint = "chown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int user, int group);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Synchronize(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
