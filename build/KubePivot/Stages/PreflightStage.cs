using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Machines;
using KubePivot.Preflight;
using KubePivot.Ssh;

namespace KubePivot.Stages;

/// <summary>
/// Checks the build host, and those of the machines that run and are known, before anything is changed. Machines that are still to
/// be made, or met for the first time, are looked at by CopyAssets, before it writes anything.
/// </summary>
/// <param name="ignored">Names of checks whose errors are warnings, see <see cref="CheckNames.Parse"/>.</param>
public sealed class PreflightStage(StageContext context, KubernetesRelease release, IReadOnlySet<string> ignored)
{
    /// <exception cref="StageException">With everything that is wrong.</exception>
    /// <exception cref="InvalidInputException">The same, and all of it is what cluster.yaml asks for.</exception>
    public async Task RunAsync()
    {
        var host = await MeasuredAsync("look at this host", new HostLook(context, release).LookAsync).ConfigureAwait(false);
        var known = KnownNodes(host);
        var nodes = new NodePreflight(context, release, ignored);
        var looks = await MeasuredAsync("look at the machines", () => Task.WhenAll(known.Select(node => LookAsync(nodes, node)))).ConfigureAwait(false);
        var seen = looks.Where(look => look.Seen != null).Select(look => (look.Node, look.Seen!)).ToList();
        var warnings = new PreflightReport(context.Reporter, ignored).Tell(
            [.. new HostChecks(context.Cluster, release, host).All(), .. looks.Select(look => look.Failure).OfType<Finding>(), .. nodes.Judge(seen)]);
        context.Reporter.Info($"Looked at this host{string.Concat(seen.Select(look => $", {look.Node.Name}"))}: {(warnings == 0 ? "fit for the cluster" : $"{warnings} warning{(warnings == 1 ? "" : "s")}")}");
    }

    private List<Node> KnownNodes(HostObservation host)
    {
        var pinned = KnownHosts.Load(context.Paths.KnownHosts);
        return [.. context.Cluster.Nodes.Where(node => host.Machines.GetValueOrDefault(node.Name) == MachineState.Running && IsPinned(pinned, context.EndpointOf(node)))];
    }

    private static bool IsPinned(KnownHosts pinned, SshEndpoint endpoint) => pinned.KeysOf(endpoint.Address, endpoint.Port).Count > 0;

    private async Task<NodeLook> LookAsync(NodePreflight nodes, Node node)
    {
        try
        {
            await using var connection = await NodeConnection.ConnectAsync(context, node).ConfigureAwait(false);
            return new NodeLook(node, await nodes.ObserveAsync(connection, new Nodes.NodeLayout()).ConfigureAwait(false), null);
        }
        catch (StageException exception)
        {
            // VagrantUp, which starts machines, has more to say of it.
            return new NodeLook(node, null, new Finding(CheckNames.Ssh, node.Name, "could not be looked at", "a machine that answers", exception.Message) { IsWarning = true });
        }
    }

    private async Task<T> MeasuredAsync<T>(string step, Func<Task<T>> work)
    {
        using var measured = context.Reporter.Step(step);
        return await work().ConfigureAwait(false);
    }

    private sealed record NodeLook(Node Node, NodeObservation? Seen, Finding? Failure);
}
