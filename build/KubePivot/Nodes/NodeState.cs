using System.Globalization;
using KubePivot.Ssh;

namespace KubePivot.Nodes;

/// <summary>A file as it is on a node.</summary>
/// <param name="Mode">Octal without leading zeros, as stat shows it.</param>
/// <param name="Sha256">Null if it is not a regular file.</param>
public sealed record FoundFile(string Mode, string Owner, string? Sha256);

/// <summary>A systemd unit as it is on a node.</summary>
/// <param name="State">As in <c>active (running)</c>.</param>
/// <param name="Restarts">How often systemd started it again since it was last started by hand.</param>
/// <param name="HasJob">A start, stop or restart is under way.</param>
public sealed record FoundUnit(string Name, string State, string Result, int Restarts, bool HasJob, bool IsEnabled, bool NeedsReload, bool IsLoaded)
{
    public bool IsActive => State.StartsWith("active", StringComparison.Ordinal);

    /// <summary>It runs, starts, or is between two tries: what a changed file must restart.</summary>
    public bool IsUp => !State.StartsWith("inactive", StringComparison.Ordinal) && !State.StartsWith("failed", StringComparison.Ordinal);
}

/// <summary>What a look at a node showed (look-at-node.sh).</summary>
/// <param name="Files">By absolute path; only those asked for that exist.</param>
/// <param name="Applied">Lines of the node's record of what the build put there.</param>
/// <param name="Payload">Stamp of the node's Kubernetes programs and images; empty if there is none.</param>
/// <param name="HasEtcdData">There is a member's data on the disk.</param>
/// <param name="Units">By name, those asked for.</param>
/// <param name="KubeletHealth">HTTP status line, or why there is none.</param>
/// <param name="EtcdHealth">The same of etcd; empty on workers.</param>
public sealed record NodeState(
    IReadOnlyDictionary<string, FoundFile> Files, AppliedRecord Applied, string Payload, bool HasEtcdData,
    IReadOnlyDictionary<string, FoundUnit> Units, string KubeletHealth, string EtcdHealth)
{
    public bool KubeletHealthy => IsOk(KubeletHealth);

    public bool EtcdHealthy => IsOk(EtcdHealth);

    /// <inheritdoc cref="FoundUnit.IsUp"/>
    public bool IsUp(string unit) => Units.GetValueOrDefault(unit) is { IsUp: true };

    /// <inheritdoc cref="FoundUnit.IsActive"/>
    public bool IsActive(string unit) => Units.GetValueOrDefault(unit) is { IsActive: true };

    /// <summary>Looks at a node.</summary>
    /// <param name="units">Names of the units that are asked for.</param>
    /// <param name="paths">Absolute paths of the files that are asked for.</param>
    /// <exception cref="StageException">The node did not say.</exception>
    internal static async Task<NodeState> LookAsync(
        NodeConnection connection, NodeLayout layout, bool isMaster, IReadOnlyList<string> units, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var result = await connection.RunAsync(
            NodeProgram.CommandLine("look-at-node", [layout.Root, $"{layout.KubeletHealthPort}", $"{(isMaster ? layout.EtcdHealthPort : 0)}", .. units]),
            string.Concat(paths.Select(path => $"{path}\n")),
            shown: "bash look-at-node",
            cancellationToken: cancellationToken).ConfigureAwait(false);
        try
        {
            return Parse(result.ThrowOnFailure("could not look at the machine").StandardOutput);
        }
        catch (FormatException exception)
        {
            throw new StageException($"{connection.Node}: could not look at the machine: {exception.Message}.{Environment.NewLine}{result.StandardError.TrimEnd()}", exception);
        }
    }

    /// <summary>Reads the program's output.</summary>
    /// <exception cref="FormatException">It does not end as it should.</exception>
    public static NodeState Parse(string output)
    {
        var sections = ScriptSections.Parse(output);
        return new NodeState(
            FilesOf(sections.Filled("stat"), sections.Filled("sha256")),
            AppliedRecord.Parse(sections.Filled("applied")),
            string.Concat(sections["payload"]).Trim(),
            sections.Filled("etcd-data").Count > 0,
            UnitsOf(sections["units"]).GroupBy(unit => unit.Name).ToDictionary(unit => unit.Key, unit => unit.Last()),
            string.Concat(sections["kubelet"]),
            string.Concat(sections["etcd"]));
    }

    private static bool IsOk(string statusLine) => statusLine.StartsWith("HTTP/", StringComparison.Ordinal) && statusLine.Contains(" 200 ", StringComparison.Ordinal);

    private static Dictionary<string, FoundFile> FilesOf(IReadOnlyList<string> stats, IReadOnlyList<string> sums)
    {
        var hashes = sums.Select(line => Parts(line, "  ", 2)).GroupBy(words => words[1]).ToDictionary(words => words.Key, words => words.Last()[0]);
        return stats.Select(line => Parts(line, "|", 4)).GroupBy(words => words[3]).Select(words => words.Last()).ToDictionary(
            words => "/" + words[3],
            words => new FoundFile(words[0], words[1], words[2].StartsWith("regular", StringComparison.Ordinal) ? hashes.GetValueOrDefault(words[3]) : null));
    }

    private static string[] Parts(string line, string separator, int count) => line.Split(separator, count) is var parts && parts.Length == count
        ? parts
        : throw new FormatException($"the answer has a line of another form ('{line}')");

    private static IEnumerable<FoundUnit> UnitsOf(IReadOnlyList<string> lines)
    {
        var values = new Dictionary<string, string>();
        foreach (var line in lines.Append(""))
        {
            if (line.Split('=', 2) is [var name, var value])
            {
                values[name] = value;
            }
            else if (values.Count > 0)
            {
                yield return UnitOf(values);
                values.Clear();
            }
        }
    }

    private static FoundUnit UnitOf(Dictionary<string, string> values)
    {
        string Value(string name) => values.GetValueOrDefault(name, "");
        return new FoundUnit(
            Value("Id"),
            $"{Value("ActiveState")} ({Value("SubState")})",
            Value("Result"),
            int.TryParse(Value("NRestarts"), NumberStyles.None, CultureInfo.InvariantCulture, out var restarts) ? restarts : 0,
            HasJob: Value("Job") is not ("" or "0"),
            IsEnabled: Value("UnitFileState").StartsWith("enabled", StringComparison.Ordinal),
            NeedsReload: Value("NeedDaemonReload") == "yes",
            IsLoaded: Value("LoadState") == "loaded");
    }
}
