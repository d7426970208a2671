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
        await local.UntilSelfHostedAnswersAsync(besideTemporary: true, bound, cancellationToken);
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

    /// <summary>What is left of these pods in the API, in words.</summary>
    private async Task<IEnumerable<string>> ShownAsync(IReadOnlySet<string> names, CancellationToken cancellationToken)
    {
        var namespaces = temporary.Pods.Select(pod => pod.Namespace ?? "default").Distinct();
        var answers = await Task.WhenAll(namespaces.Select(name => api.GetAsync($"/api/v1/namespaces/{name}/pods", cancellationToken)));
        return answers.SelectMany(answer => answer.Succeeded
            ? answer.Body.Items("items").Select(pod => pod.Text("metadata", "name")).OfType<string>().Where(names.Contains).Select(name => $"pod {name} is still shown")
            : [$"the pods cannot be listed: {answer}"]);
    }

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
            await local.UntilSelfHostedAnswersAsync(besideTemporary: false, Silence, cancellationToken);
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
        try
        {
            await new Wait(clock, journal.Tell).UntilAsync(
                "the last traces of the temporary control plane to go",
                Tidying,
                TimeSpan.FromMilliseconds(500),
                async token =>
                {
                    var left = (await ShownAsync(names, token)).ToList();
                    var endpoints = await api.GetAsync("/api/v1/namespaces/default/endpoints/kubernetes", token);
                    var addresses = endpoints.Body.Items("subsets").SelectMany(subset => subset.Items("addresses")).Select(address => address.Text("ip"));
                    if (!addresses.Any(address => address != null && here.Contains(address)))
                    {
                        left.Add("the Service kubernetes has no endpoint on this node");
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

    /// <param name="Names">Of its pods, as their mirrors in the API are called.</param>
    /// <param name="Uids">Of its pods that run, which is what their control groups are named after: their end can be seen.</param>
    private sealed record TemporaryPod(Manifest Manifest, IReadOnlySet<string> Names, IReadOnlyList<string> Uids);
}
