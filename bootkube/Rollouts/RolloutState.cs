using KubePivot.Waiting;

namespace Bootkube.Rollouts;

/// <summary>The control plane's workloads and their pods at one moment.</summary>
/// <param name="Expected">Names of the workloads that there must be.</param>
/// <param name="Masters">On so many nodes each is to run; at least 1.</param>
/// <param name="Trouble">Why the state may be out of date; null if it is not.</param>
internal sealed record RolloutState(
    IReadOnlyList<string> Expected,
    int Masters,
    IReadOnlyList<Workload> Workloads,
    IReadOnlyList<Pod> Pods,
    string? Trouble)
{
    public int Quorum => (Masters / 2) + 1;

    /// <summary>Every workload is there and complete.</summary>
    public bool IsComplete => Expected.All(name => Find(name)?.IsComplete(Masters) == true);

    /// <summary>Every workload is available on a majority of masters.</summary>
    public bool HasQuorum => Expected.All(name => Find(name)?.Good >= Quorum);

    /// <summary>Whether a pod of the workload is Ready on a node with one of these addresses.</summary>
    public bool IsReadyOn(string workload, IReadOnlySet<string> addresses) =>
        PodsOf(workload).Any(pod => pod.Ready && pod.HostIp != null && addresses.Contains(pod.HostIp));

    /// <summary>Pods that will not run, with the reason.</summary>
    public IEnumerable<(string Workload, Pod Pod, string Why)> Doomed(DateTimeOffset now) =>
        from name in Expected
        from pod in PodsOf(name)
        let why = DoomedPods.Why(pod, now)
        where why != null
        select (name, pod, why);

    /// <summary>The decision; pure.</summary>
    /// <param name="now">Time of day, to judge the age of pods.</param>
    /// <param name="elapsed">Since the wait began.</param>
    /// <param name="grace">After this a quorum of masters is enough.</param>
    /// <param name="here">Addresses of this node, on which the API server must be Ready; null: no such demand.</param>
    public Observation Look(DateTimeOffset now, TimeSpan elapsed, TimeSpan grace, IReadOnlySet<string>? here)
    {
        var hereReady = here == null || IsReadyOn(ApiServer, here);
        var done = hereReady && (IsComplete || (elapsed >= grace && HasQuorum));
        return new(done, Words(now, hereReady), done ? null : Impossible(now, here));
    }

    public const string ApiServer = "kube-apiserver";

    private static readonly TimeSpan Slow = TimeSpan.FromMinutes(1);

    private Workload? Find(string name) => Workloads.FirstOrDefault(workload => workload.Name == name);

    private IEnumerable<Pod> PodsOf(string name) => Find(name) is { } workload ? Pods.Where(workload.Owns) : [];

    private string? Impossible(DateTimeOffset now, IReadOnlySet<string>? here)
    {
        var doomed = Doomed(now).ToList();
        var (name, pod, why) = doomed.FirstOrDefault(item => item.Workload == ApiServer && item.Pod.HostIp is { } address && here?.Contains(address) == true);
        if (pod == null)
        {
            (name, pod, why) = doomed.GroupBy(item => item.Workload).FirstOrDefault(group => Masters - group.Count() < Quorum)?.First() ?? default;
        }

        return pod == null ? null : $"pod {pod.Name} of {name} will not run: {why}";
    }

    /// <summary>Counts, and the pods that take longer than they should: each step of each pod would drown them.</summary>
    private string Words(DateTimeOffset now, bool hereReady)
    {
        var counts = Expected.Select(name => Find(name) is { } workload ? $"{name} {workload.Good}/{Math.Max(Masters, workload.Wanted)}" : $"{name} is not there");
        var pods = Expected.SelectMany(PodsOf).Where(pod => !pod.Ready && (pod.IsInTrouble || now - pod.Created >= Slow)).Select(pod => $"{pod.Name} {pod.State}{(pod.Node == null ? "" : $" on {pod.Node}")}").ToList();
        var shown = pods.Count == 0 ? "" : $" ({string.Join(", ", pods.Order(StringComparer.Ordinal).Take(4))}{(pods.Count > 4 ? ", …" : "")})";
        return string.Join(", ", counts) + shown + (hereReady || !HasQuorum ? "" : "; no API server Ready on this node") + (Trouble == null ? "" : $"; view of the API: {Trouble}");
    }
}
