using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;

namespace KubePivot.EndToEnd;

/// <summary>What <c>Diagnose</c> left in <c>support/</c>.</summary>
internal static class SupportBundleFiles
{
    /// <summary>The files of the latest bundle, by their paths in it.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> OfAsync(ThrowAwayCluster cluster)
    {
        var bundle = Directory.GetFiles(Path.Combine(cluster.Folder, "support"), "*.tar.gz").Order(StringComparer.Ordinal).Last();
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var unpacked = new GZipStream(File.OpenRead(bundle), CompressionMode.Decompress);
        await using var tar = new TarReader(unpacked);
        while (await tar.GetNextEntryAsync(copyData: true) is { } entry)
        {
            using var reader = new StreamReader(entry.DataStream!);
            files.Add(entry.Name[(entry.Name.IndexOf('/', StringComparison.Ordinal) + 1)..], await reader.ReadToEndAsync());
        }

        return files;
    }

    /// <summary>What happened on the nodes between two moments, from a bundle that is made for it; or why that is not known.</summary>
    public static async Task<IEnumerable<string>> TimelineAsync(ThrowAwayCluster cluster, DateTimeOffset from, DateTimeOffset to)
    {
        var (exitCode, output) = await cluster.BuildAsync("Diagnose");
        if (exitCode != 0)
        {
            return [$"Diagnose exited with {exitCode}:", output];
        }

        return (await OfAsync(cluster))["timeline.txt"].Split('\n').Where(line =>
            line.Length > 24 && DateTimeOffset.TryParse(line[..24], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time >= from && time <= to);
    }

    /// <summary>Every full line of every private key of the cluster, SSH's too. A key of ECDSA ends with its public half, and no full line.</summary>
    public static IReadOnlyList<string> SecretsOf(ThrowAwayCluster cluster) =>
    [
        .. Directory.GetFiles(Path.Combine(cluster.Folder, ".cluster"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) == ".key" || Path.GetFileName(file) == "id_ed25519")
            .SelectMany(File.ReadAllLines).Where(line => line.Length is 64 or 70).Distinct(StringComparer.Ordinal),
    ];
}
