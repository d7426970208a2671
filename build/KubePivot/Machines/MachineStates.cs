using System.Net.Sockets;
using KubePivot.Configuration;

namespace KubePivot.Machines;

public enum MachineState
{
    /// <summary>Not made, or not to its end.</summary>
    Absent,

    Stopped,

    /// <summary>Runs; for other providers than lxc: answers on its SSH port.</summary>
    Running,
}

/// <summary>Which of a cluster's machines exist and run, found out within milliseconds and without Vagrant.</summary>
public static class MachineStates
{
    /// <summary>A machine on this host answers in less than a millisecond.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromMilliseconds(80);

    /// <summary>The state of each node's machine, by the node's name.</summary>
    public static IReadOnlyDictionary<string, MachineState> Look(Cluster cluster, ClusterPaths paths)
    {
        if (cluster.Provider == MachineProvider.Lxc)
        {
            var lxc = new LxcFolder();
            var running = lxc.Running();
            return cluster.Nodes.ToDictionary(node => node.Name, node => StateOf(node, lxc, running));
        }

        var answers = cluster.Nodes.ToDictionary(node => node.Name, node => AnswersAsync(node.Address, node.Spec.SshPort));
        Task.WhenAll(answers.Values).GetAwaiter().GetResult();
        return cluster.Nodes.ToDictionary(node => node.Name, node =>
            cluster.Provider != MachineProvider.Existing && !IsKnownToVagrant(paths, cluster.Provider.VagrantName(), node.Name) ? MachineState.Absent : answers[node.Name].Result ? MachineState.Running : MachineState.Stopped);
    }

    /// <summary>
    /// The states as text for a fingerprint: it changes when a machine stops, vanishes, or (lxc) was made or started anew, which shows
    /// by its host key and by the number of the start. Other machines are not asked for such a number: it would take a connection each.
    /// </summary>
    public static string Text(Cluster cluster, ClusterPaths paths)
    {
        if (cluster.Provider != MachineProvider.Lxc)
        {
            var states = Look(cluster, paths);
            return string.Join('\n', cluster.Nodes.Select(node => $"{node.Name} {states[node.Name]}"));
        }

        var lxc = new LxcFolder();
        var running = lxc.Running();
        return string.Join('\n', cluster.Nodes.Select(node =>
            $"{node.Name} {StateOf(node, lxc, running)} {running.GetValueOrDefault(node.MachineName)} {string.Join(' ', lxc.HostKeyLines(node.MachineName))}"));
    }

    private static MachineState StateOf(Node node, LxcFolder lxc, IReadOnlyDictionary<string, string> running) =>
        !lxc.Exists(node.MachineName) ? MachineState.Absent : running.ContainsKey(node.MachineName) ? MachineState.Running : MachineState.Stopped;

    /// <summary>Whether a machine that a provider was told to make exists, running or not.</summary>
    public static bool IsMade(ClusterPaths paths, string provider, MachineEntry machine) =>
        provider == MachineProvider.Lxc.VagrantName() ? new LxcFolder().Exists(machine.MachineName) : IsKnownToVagrant(paths, provider, machine.Name);

    private static bool IsKnownToVagrant(ClusterPaths paths, string provider, string node) =>
        new FileInfo(Path.Combine(Vagrant.DataFolder(paths, provider, node), "id")) is { Exists: true, Length: > 0 };

    private static async Task<bool> AnswersAsync(string address, int port)
    {
        using var client = new TcpClient();
        using var bound = new CancellationTokenSource(ConnectTimeout);
        try
        {
            await client.ConnectAsync(address, port, bound.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
