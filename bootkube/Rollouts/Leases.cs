using System.Net;
using System.Text.Json.Nodes;
using Bootkube.Api;
using KubePivot.Waiting;

namespace Bootkube.Rollouts;

/// <summary>A lease and who held it.</summary>
internal sealed record HeldLease(string Name, string Holder);

/// <summary>
/// Leadership of controller manager and scheduler. They take theirs with them when they end, and the others would wait 15 s for it to
/// expire; so it is given up for them, as a leader that ends in good order does.
/// </summary>
internal sealed class Leases(ApiClient api, Journal journal, TimeProvider clock)
{
    private const string Folder = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>Pods on the host's network take the host's name for theirs, and electors call themselves NAME_uuid.</summary>
    private readonly string localHolder = $"{Dns.GetHostName()}_";

    /// <summary>
    /// The leases that somebody on this host took before the workload of that name existed: the temporary ones. A self-hosted
    /// leader on this host looks the same but for the time.
    /// </summary>
    public async Task<IReadOnlyList<HeldLease>> HeldFromBeforeAsync(IEnumerable<Workload> workloads, CancellationToken cancellationToken)
    {
        var held = new List<HeldLease>();
        foreach (var workload in workloads)
        {
            var lease = await ReadAsync(workload.Name, cancellationToken);
            if (Holder(lease).StartsWith(localHolder, StringComparison.Ordinal) && lease.Time("spec", "acquireTime") < workload.Created)
            {
                held.Add(new(workload.Name, Holder(lease)));
            }
        }

        return held;
    }

    /// <summary>Gives up a lease whose holder has ended. If that fails the lease expires by itself.</summary>
    public async Task ReleaseAsync(HeldLease held, CancellationToken cancellationToken)
    {
        var lease = await ReadAsync(held.Name, cancellationToken);
        if (Holder(lease) == held.Holder)
        {
            await GiveUpAsync(held.Name, lease, cancellationToken);
        }
    }

    /// <summary>Gives up the lease that a self-hosted pod held which has ended. A temporary one on the same node took its own before there was such a pod.</summary>
    public async Task ReleaseOfAsync(JsonNode pod, string workload, CancellationToken cancellationToken)
    {
        var lease = await ReadAsync(workload, cancellationToken);
        if (Holder(lease).StartsWith($"{pod.Text("spec", "nodeName")}_", StringComparison.Ordinal) && lease.Time("spec", "acquireTime") >= pod.Time("metadata", "creationTimestamp"))
        {
            await GiveUpAsync(workload, lease, cancellationToken);
        }
    }

    /// <summary>Waits until each lease was renewed after this call by whoever holds it: a leader is at work.</summary>
    public async Task UntilRenewedAsync(IReadOnlyList<string> names, TimeSpan bound, CancellationToken cancellationToken)
    {
        await using var views = new LiveViews(api, clock, cancellationToken, Folder);
        await views.SeenAsync(cancellationToken);
        var first = new Dictionary<string, string?>();
        await new Wait(clock, journal.Tell).UntilAsync(
            "self-hosted leaders",
            bound,
            views.Changed,
            LookAgain,
            () =>
            {
                var waiting = names.Where(name => !IsRenewed(views[0].FirstOrDefault(lease => lease.Text("metadata", "name") == name), name, first)).ToList();
                return new(waiting.Count == 0, $"{string.Join(", ", waiting)} not led yet{(views.Trouble == null ? "" : $"; {views.Trouble}")}");
            },
            cancellationToken: cancellationToken);
    }

    private async Task<JsonNode?> ReadAsync(string name, CancellationToken cancellationToken) => (await api.GetAsync($"{Folder}/{name}", cancellationToken)).Body;

    private async Task GiveUpAsync(string name, JsonNode? lease, CancellationToken cancellationToken)
    {
        if (lease?["spec"] is not JsonObject spec)
        {
            return;
        }

        spec["holderIdentity"] = "";
        spec["leaseDurationSeconds"] = 1;
        // The object's resourceVersion goes along: had somebody taken it meanwhile, this is refused.
        var answer = await api.SendAsync(HttpMethod.Put, $"{Folder}/{name}", lease.ToJsonString(), "application/json", ApiClient.ShortTry, cancellationToken);
        if (!answer.Succeeded && answer.Code != 409)
        {
            journal.Tell($"The lease {name} could not be given up, it expires by itself: {answer}");
        }
    }

    /// <param name="first">Gets the time of renewal that was seen first.</param>
    private static bool IsRenewed(JsonNode? lease, string name, Dictionary<string, string?> first)
    {
        var renewed = lease.Text("spec", "renewTime");
        return lease != null && !first.TryAdd(name, renewed) && first[name] != renewed && Holder(lease).Length > 0;
    }

    private static string Holder(JsonNode? lease) => lease.Text("spec", "holderIdentity") ?? "";
}
