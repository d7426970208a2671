using System.Security.Cryptography;
using KubePivot.Files;

namespace KubePivot.Images;

/// <summary>Hashes of the files of a folder, in the form that <c>sha256sum --check</c> reads.</summary>
public static class Checksums
{
    public const string FileName = "SHA256SUMS";

    /// <summary>Hashes all files of a folder and writes the list, atomically.</summary>
    public static void Write(string folder)
    {
        var lines = Files(folder).AsParallel().AsOrdered().Select(file => $"{Hash(Path.Combine(folder, file))}  {file}\n");
        AtomicFile.Write(Path.Combine(folder, FileName), string.Concat(lines));
    }

    /// <summary>The files of a folder that a list is to name: all but the list itself, relative to the folder, in order.</summary>
    public static IReadOnlyList<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file)).Where(file => file != FileName).Order(StringComparer.Ordinal)];

    /// <summary>The files that are missing or not what the list says; empty if all are right.</summary>
    /// <param name="below">Only files whose paths begin so, as in <c>bin/</c>; empty: all.</param>
    public static IReadOnlyList<string> Damaged(string folder, string below = "") =>
        [.. File.ReadLines(Path.Combine(folder, FileName)).AsParallel().AsOrdered()
            .Select(line => line.Split("  ", 2))
            .Where(entry => entry[^1].StartsWith(below, StringComparison.Ordinal))
            .Where(entry => entry.Length != 2 || !File.Exists(Path.Combine(folder, entry[1])) || Hash(Path.Combine(folder, entry[1])) != entry[0])
            .Select(entry => entry[^1])];

    /// <summary>The files of the list that are not there.</summary>
    public static IReadOnlyList<string> Missing(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, FileName)).Select(line => line.Split("  ", 2)[^1]).Where(file => !File.Exists(Path.Combine(folder, file)))];

    /// <summary>SHA-256 of a file, lower-case hexadecimal.</summary>
    public static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
