using KubePivot.Configuration;
using KubePivot.Ssh;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Machines;

/// <summary>
/// Pins the machines' host keys. A container's is read from its files, where nobody can have put himself between; any other
/// machine's on first contact. A pinned key changes only for a machine that was made anew, and that is said.
/// </summary>
public sealed class HostKeyRecorder(StageContext context)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Forgets the keys of machines that are not there (any more): what comes next at their addresses is pinned anew.</summary>
    public void Forget(IEnumerable<Node> absent)
    {
        var known = KnownHosts.Load(context.Paths.KnownHosts);
        foreach (var endpoint in absent.Select(context.EndpointOf))
        {
            known.Forget(endpoint.Address, endpoint.Port);
        }

        known.Save();
    }

    /// <summary>Makes sure that each node's key is pinned.</summary>
    /// <exception cref="StageException">A machine shows no key within the time-out.</exception>
    public async Task RecordAsync()
    {
        var known = KnownHosts.Load(context.Paths.KnownHosts);
        var found = await Task.WhenAll(context.Cluster.Nodes.Select(async node => (Node: node, Keys: await KeysOfAsync(node, known).ConfigureAwait(false)))).ConfigureAwait(false);
        foreach (var (node, keys) in found)
        {
            var endpoint = context.EndpointOf(node);
            var pinned = known.KeysOf(endpoint.Address, endpoint.Port);
            if (!pinned.ToHashSet().SetEquals(keys))
            {
                context.Reporter.Info(pinned.Count == 0 ? $"Host key {keys[0]}" : $"The machine was made anew: its host key now is {keys[0]}", node.Name);
                known.Pin(endpoint.Address, endpoint.Port, keys);
            }
        }

        known.Save();
    }

    private async Task<IReadOnlyList<HostKey>> KeysOfAsync(Node node, KnownHosts known)
    {
        if (context.Cluster.Provider == MachineProvider.Lxc && new LxcFolder().HostKeyLines(node.MachineName) is { Count: > 0 } lines)
        {
            return [.. lines.Select(HostKey.Parse)];
        }

        var endpoint = context.EndpointOf(node);
        return known.KeysOf(endpoint.Address, endpoint.Port) is { Count: > 0 } pinned ? pinned : [await FirstContactAsync(endpoint).ConfigureAwait(false)];
    }

    private async Task<HostKey> FirstContactAsync(SshEndpoint endpoint)
    {
        HostKey? key = null;
        await new Wait(context.Clock, line => context.Reporter.Info(line, endpoint.Node)).UntilAsync(
            $"the SSH server of {endpoint.Node} at {endpoint.Address}:{endpoint.Port}",
            context.Timeout,
            Interval,
            async cancellationToken =>
            {
                key = await HostKeyScan.TryReadAsync(endpoint, cancellationToken).ConfigureAwait(false);
                return new Observation(key != null, "it does not answer yet");
            },
            cancellationToken: context.CancellationToken).ConfigureAwait(false);
        return key!;
    }
}
