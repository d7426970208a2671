using Bootkube.Api;
using Bootkube.Assets;
using KubePivot.Waiting;

namespace Bootkube.Pivot;

/// <summary>The API servers of this node, of which for a time there are two, each on a port of its own, and the way to them.</summary>
/// <param name="loadBalancer">Leads to whichever server answers, as all clients of the node go.</param>
/// <param name="temporary">Leads to the port of the temporary server.</param>
/// <param name="selfHosted">Leads to the port of the self-hosted one.</param>
internal sealed class LocalApi(ApiClient loadBalancer, ApiClient temporary, ApiClient selfHosted, Journal journal, TimeProvider clock, string root)
{
    private const string Readiness = "/readyz";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly ContainerLogs logs = new(root);

    /// <summary>One look: does the self-hosted server answer now?</summary>
    public async Task<bool> IsSelfHostedReadyAsync(CancellationToken cancellationToken) => (await selfHosted.GetFreshAsync(Readiness, cancellationToken)).Succeeded;

    /// <summary>Waits until the temporary API server answers <c>/readyz</c>.</summary>
    /// <param name="pod">The static pod that runs it: its log says why it does not.</param>
    public async Task UntilTemporaryAnswersAsync(Manifest pod, TimeSpan bound, CancellationToken cancellationToken)
    {
        var pulls = new ImagePulls();
        await using var runtime = RuntimeJournal.Follow(line =>
        {
            if (pulls.Take(line, clock.GetUtcNow()) is { } news)
            {
                journal.Tell(news);
            }
        });
        var restartsBefore = logs.Newest(NamespaceOf(pod), pod.Name)?.Restarts ?? 0;
        await new Wait(clock, journal.Tell).UntilAsync(
            $"the temporary API server at {temporary.Server}",
            bound,
            Interval,
            async token =>
            {
                var answer = await temporary.GetFreshAsync(Readiness, token);
                var log = logs.Newest(NamespaceOf(pod), pod.Name);
                var restarts = (log?.Restarts ?? 0) - restartsBefore;
                var container = log == null ? "; its container has not started yet" : restarts > 0 ? $"; its container was restarted {restarts} times" : "";
                var images = pulls.Words() is { Length: > 0 } words ? $"; {words}" : "";
                return new(answer.Succeeded, FailedChecks(answer) + container + images, restarts >= Rollouts.DoomedPods.CrashLoopRestarts ? "its container keeps crashing" : pulls.Impossible());
            },
            _ => Task.FromResult(Evidence(pod)),
            cancellationToken);
    }

    /// <summary>Waits until the self-hosted server answers <c>/readyz</c> on its own port, whatever the temporary one does.</summary>
    public Task UntilSelfHostedAnswersAsync(TimeSpan bound, CancellationToken cancellationToken) =>
        UntilAsync($"the self-hosted API server at {selfHosted.Server}", bound, [selfHosted], cancellationToken);

    /// <summary>Waits until clients of this node are served without the temporary server: by the self-hosted one, and through the load balancer.</summary>
    public Task UntilServedWithoutTemporaryAsync(TimeSpan bound, CancellationToken cancellationToken) =>
        UntilAsync("the API without the temporary API server", bound, [selfHosted, loadBalancer], cancellationToken);

    private Task UntilAsync(string description, TimeSpan bound, IReadOnlyList<ApiClient> ways, CancellationToken cancellationToken) =>
        new Wait(clock, journal.Tell).UntilAsync(
            description,
            bound,
            Interval,
            async token =>
            {
                var answers = await Task.WhenAll(ways.Select(async way => (way.Server, Answer: await way.GetFreshAsync(Readiness, token))));
                var bad = answers.Where(item => !item.Answer.Succeeded).Select(item => $"{item.Server}: {FailedChecks(item.Answer)}").ToList();
                return new(bad.Count == 0, string.Join("; ", bad));
            },
            cancellationToken: cancellationToken);

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
