using System.Globalization;
using System.Text.RegularExpressions;
using KubePivot.Configuration;
using KubePivot.Preflight;

namespace KubePivot.EndToEnd;

/// <summary>What listens on a node, as its kernel tells it, against what is known to.</summary>
internal static partial class ListeningPorts
{
    /// <summary>Ports that other machines are meant to reach; all others are on loopback.</summary>
    private static readonly int[] ForOthers = [22, Cluster.EtcdClientPort, Cluster.EtcdPeerPort, Cluster.ApiServerPort, Cluster.LoadBalancerPort, 10250];

    /// <returns>What is unknown, or open to others and must not be, one line each; and how many ports listen.</returns>
    public static async Task<(IReadOnlyList<string> Faults, int Count)> LookAsync(ThrowAwayCluster cluster, Node node)
    {
        var lines = (await cluster.OnNodeAsync(node.Address, "ss -ltnHp")).ThrowOnFailure("ss failed").StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var found = lines.Select(line => Line().Match(line) is { Success: true } match ? match : throw new InvalidDataException($"ss printed '{line}'"))
            .Select(match => (Address: match.Groups["address"].Value, Port: int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture), Program: match.Groups["program"].Value)).ToList();
        return ([.. found.Select(listener => Fault(node, listener.Address, listener.Port, listener.Program)).OfType<string>()], found.Count);
    }

    private static string? Fault(Node node, string address, int port, string program)
    {
        var isLoopback = address.StartsWith("127.", StringComparison.Ordinal) || address == "[::1]";
        var isNodePort = program == "kube-proxy" && port is >= 30000 and <= 32767;
        var isKnown = NodePorts.All.Any(known => known.Number == port && known.Program == program && known.IsOn(node))
            || (port == 22 && program == "sshd")
            || isNodePort

            // Where it streams logs and terminals to the kubelet, on a port that it chooses.
            || (program == "containerd" && isLoopback);
        return !isKnown ? $"{node.Name}: {program} listens on {address}:{port}, and nobody knows why"
            : isLoopback || isNodePort || ForOthers.Contains(port) ? null
            : $"{node.Name}: {program} listens on {address}:{port}, and should on loopback only";
    }

    [GeneratedRegex(@"^LISTEN\s+\d+\s+\d+\s+(?<address>\S+):(?<port>\d+)\s+\S+\s+users:\(\(""(?<program>[^""]+)""")]
    private static partial Regex Line();
}
