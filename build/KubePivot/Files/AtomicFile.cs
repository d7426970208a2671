namespace KubePivot.Files;

/// <summary>
/// Writes files so that a reader, or a run after a kill, sees the old content or the new, never a part: written beside, flushed
/// to disk, renamed. The one place where the library writes secrets: 0600 in 0700 folders.
/// </summary>
public static class AtomicFile
{
    private const UnixFileMode SecretFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode SecretFolderMode = SecretFileMode | UnixFileMode.UserExecute;

    /// <summary>Writes a file with the process's default mode; its folder is made if it is missing.</summary>
    public static void Write(string path, string content) => Write(path, System.Text.Encoding.UTF8.GetBytes(content), secret: false, flushToDisk: false);

    /// <inheritdoc cref="Write(string, string)"/>
    public static void Write(string path, ReadOnlySpan<byte> content) => Write(path, content, secret: false, flushToDisk: false);

    /// <summary>Writes a file that only its owner can read (0600); its folder is made 0700 if it is missing.</summary>
    public static void WriteSecret(string path, string content) => WriteSecret(path, System.Text.Encoding.UTF8.GetBytes(content));

    /// <inheritdoc cref="WriteSecret(string, string)"/>
    public static void WriteSecret(string path, ReadOnlySpan<byte> content) => WriteSecret(path, content, flushToDisk: true);

    /// <inheritdoc cref="WriteSecret(string, string)"/>
    /// <param name="flushToDisk">False for what can be made again: the content may be lost with the power, and writing is much faster.</param>
    public static void WriteSecret(string path, ReadOnlySpan<byte> content, bool flushToDisk) => Write(path, content, secret: true, flushToDisk);

    /// <summary>Makes a folder that only its owner can enter (0700); an existing one is narrowed to that.</summary>
    public static void CreateSecretFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, SecretFolderMode);
        if (File.GetUnixFileMode(path) != SecretFolderMode)
        {
            File.SetUnixFileMode(path, SecretFolderMode);
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content, bool secret, bool flushToDisk)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
        {
            if (secret)
            {
                CreateSecretFolder(folder);
            }
            else
            {
                Directory.CreateDirectory(folder);
            }
        }

        var beside = $"{path}.{Environment.ProcessId}-{Environment.CurrentManagedThreadId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (secret && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = SecretFileMode;
        }

        try
        {
            using (var stream = new FileStream(beside, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk);
            }

            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }
}
