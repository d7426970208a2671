using System.Net.NetworkInformation;
using Bootkube.Api;
using Bootkube.Assets;
using KubePivot.Waiting;

namespace Bootkube.Pivot;

/// <summary>The API servers of this node, of which for a time there are two: each on a port of its own, or both on one.</summary>
/// <param name="temporary">Leads to the port of the temporary server.</param>
/// <param name="selfHosted">Leads to the port of the self-hosted one.</param>
internal sealed class LocalApi(ApiClient temporary, ApiClient selfHosted, Journal journal, TimeProvider clock, string root)
{
    /// <summary>New connections spread evenly over servers that share a port, so that this many good answers miss one with a chance of 1 : 1,000,000.</summary>
    private const int Connections = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly ContainerLogs logs = new(root);

    /// <summary>One look: does the self-hosted server answer now?</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken) => (await selfHosted.GetFreshAsync("/readyz", cancellationToken)).Succeeded;

    /// <summary>Waits until the temporary API server answers <c>/readyz</c>.</summary>
    /// <param name="pod">The static pod that runs it: its log says why it does not.</param>
    public Task UntilReadyAsync(Manifest pod, TimeSpan bound, CancellationToken cancellationToken)
    {
        var restartsBefore = logs.Newest(NamespaceOf(pod), pod.Name)?.Restarts ?? 0;
        return new Wait(clock, journal.Tell).UntilAsync(
            $"the temporary API server at {temporary.Server}",
            bound,
            Interval,
            async token =>
            {
                var answer = await temporary.GetFreshAsync("/readyz", token);
                var log = logs.Newest(NamespaceOf(pod), pod.Name);
                var restarts = (log?.Restarts ?? 0) - restartsBefore;
                var container = log == null ? "; its container has not started yet" : restarts > 0 ? $"; its container was restarted {restarts} times" : "";
                return new(answer.Succeeded, FailedChecks(answer) + container, restarts >= Rollouts.DoomedPods.CrashLoopRestarts ? "its container keeps crashing" : null);
            },
            _ => Task.FromResult(Evidence(pod)),
            cancellationToken);
    }

    /// <summary>
    /// Waits until all servers of the self-hosted one's port listen, and every one of many new connections to it is answered well.
    /// </summary>
    /// <param name="besideTemporary">Whether the temporary server is still there; it may be on the same port.</param>
    public Task UntilSelfHostedAnswersAsync(bool besideTemporary, TimeSpan bound, CancellationToken cancellationToken) =>
        new Wait(clock, journal.Tell).UntilAsync(
            besideTemporary ? "the self-hosted API server to answer beside the temporary one" : "the self-hosted API server alone on this node",
            bound,
            Interval,
            async token =>
            {
                var listening = Listening();
                var servers = besideTemporary && temporary.Server.Port == selfHosted.Server.Port ? 2 : 1;
                if (listening != servers)
                {
                    return new(false, $"{listening} of {servers} servers listen on port {selfHosted.Server.Port}");
                }

                var answers = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => selfHosted.GetFreshAsync("/readyz", token)));
                var bad = answers.Where(answer => !answer.Succeeded).ToList();
                return new(bad.Count == 0, bad.Count == 0 ? "" : $"{bad.Count} of {Connections} new connections: {FailedChecks(bad[0])}");
            },
            cancellationToken: cancellationToken);

    /// <summary>Sockets that listen on the self-hosted API server's port; servers that share it have one each.</summary>
    private int Listening() => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Count(endpoint => endpoint.Port == selfHosted.Server.Port);

    private static string NamespaceOf(Manifest pod) => pod.Namespace ?? "default";

    /// <summary>Of the server's list of checks only the failed ones.</summary>
    private static string FailedChecks(ApiAnswer answer)
    {
        var failed = answer.Words.Split('\n').Where(line => line.StartsWith("[-]", StringComparison.Ordinal)).Select(line => line[3..].Split(" failed")[0]).ToList();
        return failed.Count == 0 ? answer.ToString() : $"{answer.Code}: not ready: {string.Join(", ", failed)}";
    }

    private string Evidence(Manifest pod) => logs.Newest(NamespaceOf(pod), pod.Name) is { } log
        ? $"  End of {log.File}:\n{string.Join('\n', ContainerLogs.LastLines(log.File, 15).Select(line => $"    {line}"))}"
        : "  The kubelet has not started the container: journalctl -u kubelet -u containerd says why.";
}
