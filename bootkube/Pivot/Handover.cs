using Bootkube.Api;
using Bootkube.Assets;
using Bootkube.Rollouts;
using KubePivot;
using KubePivot.Waiting;

namespace Bootkube.Pivot;

/// <summary>
/// The pivot's last part: the temporary control plane goes, piece by piece, each only after what follows it was seen at work. The
/// API answers throughout, because for a time two servers share its port.
/// </summary>
internal sealed class Handover(ApiClient api, LocalApi local, TemporaryControlPlane temporary, Journal journal, TimeProvider clock, string root, TimeSpan bound)
{
    /// <summary>The self-hosted server answered before the temporary one went, so that a silence longer than this is a fault.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>API servers note themselves in the Service's endpoints every 10 s, the kubelet tidies up every 2 s.</summary>
    private static readonly TimeSpan Tidying = TimeSpan.FromSeconds(30);

    private readonly PodProcesses processes = new(root);
    private readonly Leases leases = new(api, journal, clock);

    /// <summary>Hands over.</summary>
    /// <param name="state">The self-hosted control plane, found good.</param>
    /// <param name="here">Addresses of this node.</param>
    /// <exception cref="StageException">A part did not take over or did not end; what is needed to go on working is still there.</exception>
    public async Task RunAsync(RolloutState state, IReadOnlySet<string> here, CancellationToken cancellationToken)
    {
        await local.UntilServedByAsync(2, bound, cancellationToken);
        var running = await RunningAsync(here, cancellationToken);
        var electors = running.Where(pod => !TemporaryControlPlane.IsApiServer(pod.Manifest)).ToList();
        var servers = running.Where(pod => TemporaryControlPlane.IsApiServer(pod.Manifest)).ToList();

        var followers = state.Workloads.Where(workload => workload.Name != RolloutState.ApiServer).ToList();
        var held = await leases.HeldFromBeforeAsync(followers, cancellationToken);
        await EndAsync(electors, "temporary controller manager and scheduler", cancellationToken);
        if (electors.All(pod => pod.Seen))
        {
            await Task.WhenAll(held.Select(lease => leases.ReleaseAsync(lease, cancellationToken)));
        }

        await leases.UntilRenewedAsync([.. followers.Select(workload => workload.Name)], bound, cancellationToken);
        await EndAsync(servers, "temporary API server", cancellationToken);
        await AnswersAloneAsync(servers.Select(pod => pod.Manifest), cancellationToken);
        await TidyAsync(running, here, cancellationToken);
        temporary.RemoveSecrets();
    }

    /// <summary>The temporary pods as the API shows them.</summary>
    private async Task<List<TemporaryPod>> RunningAsync(IReadOnlySet<string> here, CancellationToken cancellationToken)
    {
        var mirrors = await MirrorsAsync(here, cancellationToken);
        return [.. temporary.Pods.Select(manifest => TemporaryPodOf(manifest, mirrors.FirstOrDefault(pod => pod.Name == $"{manifest.Name}-{pod.Node}")))];
    }

    private TemporaryPod TemporaryPodOf(Manifest manifest, Pod? mirror) =>
        new(manifest, mirror?.Name, mirror?.ConfigHash, mirror?.ConfigHash is { } uid && processes.Any(uid));

    private async Task<List<Pod>> MirrorsAsync(IReadOnlySet<string> here, CancellationToken cancellationToken)
    {
        var pods = new List<Pod>();
        foreach (var @namespace in temporary.Pods.Select(pod => pod.Namespace ?? "default").Distinct())
        {
            var answer = await api.GetAsync($"/api/v1/namespaces/{@namespace}/pods", cancellationToken);
            if (!answer.Succeeded)
            {
                throw new StageException($"Could not list the pods of {@namespace}: {answer}. The temporary control plane is still in place. {StartCommand.GoOn}");
            }

            pods.AddRange(answer.Body.Items("items").Select(Pod.From).Where(pod => pod.ConfigHash != null && (pod.HostIp == null || here.Contains(pod.HostIp))));
        }

        return pods;
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
                var left = pods.Where(pod => pod.Seen && processes.Any(pod.Uid!)).Select(pod => pod.Manifest.Name).ToList();
                return Task.FromResult(new Observation(left.Count == 0, $"{string.Join(", ", left)} still {(left.Count == 1 ? "runs" : "run")}"));
            },
            cancellationToken: cancellationToken);
    }

    /// <summary>The one moment that could leave the node without an API: if it does, the temporary server comes back.</summary>
    private async Task AnswersAloneAsync(IEnumerable<Manifest> servers, CancellationToken cancellationToken)
    {
        try
        {
            await local.UntilServedByAsync(1, Silence, cancellationToken);
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
        var names = pods.Select(pod => pod.Mirror).OfType<string>().ToHashSet();
        try
        {
            await new Wait(clock, journal.Tell).UntilAsync(
                "the last traces of the temporary control plane to go",
                Tidying,
                TimeSpan.FromMilliseconds(500),
                async token =>
                {
                    var left = (await MirrorsAsync(here, token)).Select(pod => pod.Name).Where(names.Contains).Select(name => $"pod {name} is still shown").ToList();
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

    /// <param name="Mirror">Its pod in the API; null if there is none.</param>
    /// <param name="Uid">What the kubelet names its control groups after.</param>
    /// <param name="Seen">Its processes can be seen from here, so that their end can be seen, too.</param>
    private sealed record TemporaryPod(Manifest Manifest, string? Mirror, string? Uid, bool Seen);
}
