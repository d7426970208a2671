using System.Security.Cryptography;
using System.Text;

namespace KubePivot.Resuming;

/// <summary>Builds a fingerprint from named inputs. The same inputs in the same order give the same fingerprint.</summary>
public sealed class InputHash : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public InputHash Add(string name, string? value)
    {
        var bytes = Encoding.UTF8.GetBytes($"{name}={value?.Length ?? -1}:{value}\n");
        hash.AppendData(bytes);
        return this;
    }

    /// <summary>Adds a file's content; a missing file counts as such.</summary>
    public InputHash AddFile(string path, string? name = null) =>
        Add(name ?? Path.GetFileName(path), File.Exists(path) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) : null);

    /// <summary>Adds a large file by size and time of change, without reading it.</summary>
    public InputHash AddFileStamp(string path)
    {
        var file = new FileInfo(path);
        return Add(path, file.Exists ? $"{file.Length} {file.LastWriteTimeUtc.Ticks}" : null);
    }

    /// <summary>Adds all files below a folder, by relative path and content; a missing folder counts as an empty one.</summary>
    public InputHash AddTree(string folder)
    {
        var files = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : [];
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            AddFile(file, Path.GetRelativePath(folder, file));
        }

        return this;
    }

    /// <summary>The fingerprint, lower-case hexadecimal.</summary>
    public override string ToString() => Convert.ToHexStringLower(hash.GetCurrentHash());

    public void Dispose() => hash.Dispose();
}
