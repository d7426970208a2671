using System.Text.Json.Nodes;
using Bootkube.Api;
using Bootkube.Assets;
using Bootkube.Rollouts;
using KubePivot;
using KubePivot.Waiting;

namespace Bootkube.Pivot;

/// <summary>
/// The pivot's last part: the temporary control plane goes, piece by piece, each only after what follows it was seen at work. The
/// API answers throughout, because the self-hosted servers were seen to answer before the temporary one goes.
/// </summary>
internal sealed class Handover(ApiClient api, LocalApi local, TemporaryControlPlane temporary, Journal journal, TimeProvider clock, string root, TimeSpan bound)
{
    /// <summary>The self-hosted server answered before the temporary one went, so that a silence longer than this is a fault.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>API servers note themselves in the Service's endpoints every 10 s, the kubelet tidies up every 2 s.</summary>
    private static readonly TimeSpan Tidying = TimeSpan.FromSeconds(30);

    private readonly PodProcesses processes = new(root);
    private readonly ContainerLogs logs = new(root);
    private readonly Leases leases = new(api, journal, clock);

    /// <summary>Hands over.</summary>
    /// <param name="state">The self-hosted control plane, found good.</param>
    /// <param name="here">Addresses of this node.</param>
    /// <exception cref="StageException">A part did not take over or did not end; what is needed to go on working is still there.</exception>
    public async Task RunAsync(RolloutState state, IReadOnlySet<string> here, CancellationToken cancellationToken)
    {
        await local.UntilSelfHostedAnswersAsync(bound, cancellationToken);
        var running = Running();
        var electors = running.Where(pod => !TemporaryControlPlane.IsApiServer(pod.Manifest)).ToList();
        var servers = running.Where(pod => TemporaryControlPlane.IsApiServer(pod.Manifest)).ToList();

        var followers = state.Workloads.Where(workload => workload.Name != RolloutState.ApiServer).ToList();
        var held = await leases.HeldFromBeforeAsync(followers, cancellationToken);
        await EndAsync(electors, "temporary controller manager and scheduler", cancellationToken);
        if (electors.All(pod => pod.Uids.Count > 0))
        {
            await Task.WhenAll(held.Select(lease => leases.ReleaseAsync(lease, cancellationToken)));
        }

        await leases.UntilRenewedAsync([.. followers.Select(workload => workload.Name)], bound, cancellationToken);
        await EndAsync(servers, "temporary API server", cancellationToken);
        await AnswersAloneAsync(servers.Select(pod => pod.Manifest), cancellationToken);
        await TidyAsync(running, here, cancellationToken);
        temporary.RemoveSecrets();
    }

    /// <summary>The temporary pods and their processes on this node.</summary>
    private List<TemporaryPod> Running() =>
    [
        .. temporary.Pods.Select(manifest =>
        {
            var pods = logs.Pods(manifest.Namespace ?? "default", manifest.Name).ToList();
            return new TemporaryPod(manifest, pods.Select(pod => pod.Name).ToHashSet(), [.. pods.Select(pod => pod.Uid).Where(processes.Any)]);
        }),
    ];

    /// <summary>Takes pods from the kubelet and waits until their processes have ended.</summary>
    private async Task EndAsync(List<TemporaryPod> pods, string what, CancellationToken cancellationToken)
    {
        temporary.Remove(pods.Select(pod => pod.Manifest));
        journal.Tell($"Removed the {what}.");
        await new Wait(clock, journal.Tell).UntilAsync(
            $"the kubelet to end the {what}",
            bound,
            TimeSpan.FromMilliseconds(200),
            _ =>
            {
                var left = pods.Where(pod => pod.Uids.Any(processes.Any)).Select(pod => pod.Manifest.Name).ToList();
                return Task.FromResult(new Observation(left.Count == 0, $"{string.Join(", ", left)} still {(left.Count == 1 ? "runs" : "run")}"));
            },
            cancellationToken: cancellationToken);
    }

    /// <summary>The one moment that could leave the node without an API: if it does, the temporary server comes back.</summary>
    private async Task AnswersAloneAsync(IEnumerable<Manifest> servers, CancellationToken cancellationToken)
    {
        try
        {
            await local.UntilServedWithoutTemporaryAsync(Silence < bound ? Silence : bound, cancellationToken);
        }
        catch (StageException exception)
        {
            temporary.PutBack(servers);
            throw new StageException($"{exception.Message}\nThe temporary API server was put back, so that the cluster can be looked at. {StartCommand.GoOn}", exception);
        }
    }

    /// <summary>Waits until nothing shows the temporary pods any more, and the Service <c>kubernetes</c> leads to this node.</summary>
    private async Task TidyAsync(List<TemporaryPod> pods, IReadOnlySet<string> here, CancellationToken cancellationToken)
    {
        var names = pods.SelectMany(pod => pod.Names).ToHashSet();
        var namespaces = pods.Select(pod => pod.Manifest.Namespace ?? "default").Distinct().ToList();
        await using var views = new LiveViews(
            api, clock, cancellationToken, namespaces.Select(name => $"/api/v1/namespaces/{name}/pods").Prepend("/api/v1/namespaces/default/endpoints"));
        await views.SeenAsync(cancellationToken);
        try
        {
            await new Wait(clock, journal.Tell).UntilAsync(
                "the last traces of the temporary control plane to go",
                Tidying,
                views.Changed,
                Tidying,
                () =>
                {
                    var shown = namespaces.SelectMany((_, index) => views[index + 1]).Select(pod => pod.Text("metadata", "name")).OfType<string>();
                    List<string> left = [.. shown.Where(names.Contains).Select(name => $"pod {name} is still shown")];
                    if (!HasEndpoint(views[0], here))
                    {
                        left.Add("the Service kubernetes has no endpoint on this node");
                    }

                    if (views.Trouble is { } trouble)
                    {
                        left.Add($"view of the API: {trouble}");
                    }

                    return new(left.Count == 0, string.Join(", ", left));
                },
                cancellationToken: cancellationToken);
        }
        catch (StageException exception)
        {
            // The cluster works; whoever looks at it should know why it looks odd.
            journal.Tell($"warning: {exception.Message}");
        }
    }

    /// <summary>Whether the Service <c>kubernetes</c> leads to one of these addresses.</summary>
    private static bool HasEndpoint(IEnumerable<JsonNode> endpoints, IReadOnlySet<string> here) =>
        endpoints.Where(item => item.Text("metadata", "name") == "kubernetes")
            .SelectMany(item => item.Items("subsets"))
            .SelectMany(subset => subset.Items("addresses"))
            .Any(address => address.Text("ip") is { } ip && here.Contains(ip));

    /// <param name="Names">Of its pods, as their mirrors in the API are called.</param>
    /// <param name="Uids">Of its pods that run, which is what their control groups are named after: their end can be seen.</param>
    private sealed record TemporaryPod(Manifest Manifest, IReadOnlySet<string> Names, IReadOnlyList<string> Uids);
}
