using System.Globalization;
using KubePivot.Configuration;
using KubePivot.Tests.Security;

namespace KubePivot.EndToEnd;

/// <summary>What the CIS benchmark asks of files, looked at on the nodes themselves. The table is that of the unit tests.</summary>
internal static class CisFiles
{
    /// <returns>What is not as the table says, one line each; and how many files were looked at.</returns>
    public static async Task<(IReadOnlyList<string> Faults, int Count)> LookAsync(ThrowAwayCluster cluster, Node node)
    {
        var rows = CisBenchmark.Load(cluster.Folder).Select(check => (Check: check, Wanted: check.Below("files"), Unwanted: check.Below("no-files")))
            .Where(row => row.Wanted.Count + row.Unwanted.Count > 0).ToList();
        var (faults, count) = (new List<string>(), 0);
        foreach (var (check, wanted, _) in rows.Where(row => row.Wanted.Count > 0 && IsOn(node, $"{row.Wanted["on"]}")))
        {
            var files = await FilesAsync(cluster, node, $"{wanted["path"]}");
            count += files.Count;
            faults.AddRange(files.Count == 0 ? [$"{node.Name}: {check}: there is no {wanted["path"]}"] : []);
            faults.AddRange(files.Where(file => !IsRight(file, wanted)).Select(file => $"{node.Name}: {check}: {file.Path} is {file.Mode} {file.Owner}"));
        }

        foreach (var (check, _, unwanted) in rows.Where(row => row.Unwanted.Count > 0 && IsOn(node, $"{row.Unwanted["on"]}")))
        {
            faults.AddRange((await FilesAsync(cluster, node, $"{unwanted["path"]}")).Select(file => $"{node.Name}: {check}: there is {file.Path}"));
        }

        return (faults, count);
    }

    private static bool IsOn(Node node, string place) => place switch
    {
        "nodes" => true,
        "masters" => node.IsMaster,
        "bootstrap" => node.IsBootstrap,
        _ => throw new InvalidDataException($"cis-benchmark.yaml: '{place}' is none of nodes, masters, bootstrap"),
    };

    private static bool IsRight((string Mode, string Owner, string Path) file, IReadOnlyDictionary<string, YamlDotNet.RepresentationModel.YamlNode> wanted) =>
        (!wanted.TryGetValue("owner", out var owner) || file.Owner == $"{owner}") && (!wanted.TryGetValue("mode", out var mode) || (Bits(file.Mode) & ~Bits($"{mode}")) == 0);

    private static int Bits(string mode) => Convert.ToInt32(mode, 8);

    private static async Task<List<(string Mode, string Owner, string Path)>> FilesAsync(ThrowAwayCluster cluster, Node node, string pattern)
    {
        var said = (await cluster.OnNodeAsync(node.Address, string.Create(CultureInfo.InvariantCulture, $"shopt -s nullglob; for file in {pattern}; do [ -e \"$file\" ] && stat --format='%a %U:%G %n' \"$file\"; done; true"))).ThrowOnFailure("stat failed").StandardOutput;
        return [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 3)).Select(words => (words[0], words[1], words[2]))];
    }
}
