using System.Diagnostics;
using k8s;
using k8s.Models;
using KubePivot.Configuration;

namespace KubePivot.EndToEnd;

/// <summary>How long a cluster needed to come back by itself, from the start of its machines on.</summary>
/// <param name="Api">Until the API answered through the address that people use.</param>
/// <param name="Ready">Until every node and every pod was Ready, and no copy of an API server ran any more.</param>
public sealed record Recovery(TimeSpan Api, TimeSpan Ready)
{
    public override string ToString() => $"the API after {Api.TotalSeconds:0.0} s, everything Ready after {Ready.TotalSeconds:0.0} s";
}

/// <summary>Takes the power from machines, all at once, and gives it back; nobody does anything else.</summary>
public sealed class PowerLoss : IDisposable
{
    /// <summary>The API answers again within this time.</summary>
    public static readonly TimeSpan ApiBound = TimeSpan.FromSeconds(60);

    /// <summary>All is Ready again within this time.</summary>
    public static readonly TimeSpan ReadyBound = TimeSpan.FromSeconds(180);

    private readonly IReadOnlyList<Node> nodes;

    private readonly k8s.Kubernetes client;

    public PowerLoss(ThrowAwayCluster cluster)
    {
        var file = Path.Combine(cluster.Folder, "cluster.yaml");
        nodes = new Cluster(ClusterFile.Load(file), file, MachineProvider.Lxc).Nodes;
        client = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(cluster.Kubeconfig));
    }

    public IReadOnlyList<string> All => [.. nodes.Select(node => node.Name)];

    public IReadOnlyList<string> Masters => [.. nodes.Where(node => node.IsMaster).Select(node => node.Name)];

    /// <summary>Stops machines hard, starts them again, and waits.</summary>
    /// <param name="away">One that is stopped and not started again; null: all are.</param>
    public async Task<Recovery> CutAsync(IReadOnlyList<string> stopped, string? away = null)
    {
        await Task.WhenAll(stopped.Select(node => LxcAsync("lxc-stop", "--kill", "--name", MachineOf(node))));
        var cut = DateTime.UtcNow;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(stopped.Where(node => node != away).Select(StartAsync));
        await ThrowAwayCluster.EventuallyAsync("the API answers", ApiBound + TimeSpan.FromSeconds(120), async () => (await AnswersAsync() is var (answers, seen) && answers, seen));
        var api = Stopwatch.GetElapsedTime(started);
        await UntilReadyAsync(stopped, cut, away);
        return new(api, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Starts a machine that was away, and waits until all is Ready with it.</summary>
    public async Task BringBackAsync(string node)
    {
        var since = DateTime.UtcNow;
        await StartAsync(node);
        await UntilReadyAsync([node], since, away: null);
    }

    public void Dispose() => client.Dispose();

    private Task UntilReadyAsync(IReadOnlyList<string> stopped, DateTime cut, string? away) =>
        ThrowAwayCluster.EventuallyAsync("everything is Ready", ReadyBound + TimeSpan.FromSeconds(120), async () =>
        {
            try
            {
                using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                var (found, pods) = ((await client.CoreV1.ListNodeAsync(cancellationToken: bound.Token)).Items, (await client.CoreV1.ListPodForAllNamespacesAsync(cancellationToken: bound.Token)).Items);
                var missing = nodes.Where(node => node.Name != away).Select(node => NodeTrouble(node.Name, found, stopped, cut))
                    .Concat(nodes.Where(node => node.IsMaster && node.Name != away).Select(node => MasterTrouble(node.Name, pods)))
                    .Concat(pods.Where(pod => pod.Spec.NodeName != away).Select(pod => PodTrouble(pod, stopped, cut))).OfType<string>().ToList();
                return (missing.Count == 0, string.Join(", ", missing));
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException or k8s.Autorest.HttpOperationException)
            {
                return (false, exception.Message);
            }
        });

    /// <summary>Right after the API is back it tells what was true before: what a stopped node has not said since does not count.</summary>
    private static string? NodeTrouble(string name, IList<V1Node> found, IReadOnlyList<string> stopped, DateTime cut)
    {
        var ready = found.FirstOrDefault(node => node.Metadata.Name == name)?.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");
        return ready?.Status != "True" ? $"node {name} is not Ready"
            : stopped.Contains(name) && ready.LastHeartbeatTime < cut ? $"node {name} has not spoken since"
            : null;
    }

    private static string? MasterTrouble(string name, IList<V1Pod> pods) => new[] { "kube-apiserver", "pod-checkpointer" }
        .Where(app => !pods.Any(pod => pod.Spec.NodeName == name && pod.Metadata.OwnerReferences?.Any(owner => owner.Kind == "DaemonSet" && owner.Name == app) == true))
        .Select(app => $"{name} has no pod of {app}").FirstOrDefault();

    private static string? PodTrouble(V1Pod pod, IReadOnlyList<string> stopped, DateTime cut)
    {
        if (pod.Status?.Phase == "Succeeded")
        {
            return null;
        }

        var copy = pod.Metadata.Annotations?.TryGetValue("checkpointer.alpha.coreos.com/checkpoint-of", out var parent) == true && !parent.StartsWith("pod-checkpointer-", StringComparison.Ordinal);
        return copy ? $"copy {pod.Metadata.Name} still runs"
            : pod.Metadata.DeletionTimestamp != null ? $"pod {pod.Metadata.Name} is being deleted"
            : pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) != true ? $"pod {pod.Metadata.Name} is not Ready"
            : stopped.Contains(pod.Spec.NodeName) && pod.Status.ContainerStatuses.Any(container => !(container.State?.Running?.StartedAt >= cut)) ? $"pod {pod.Metadata.Name} has not started again"
            : null;
    }

    private async Task<(bool Answers, string Seen)> AnswersAsync()
    {
        try
        {
            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await client.CoreV1.ReadNamespaceAsync("kube-system", cancellationToken: bound.Token);
            return (true, "");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException or k8s.Autorest.HttpOperationException)
        {
            return (false, exception.Message);
        }
    }

    private string MachineOf(string node) => nodes.Single(found => found.Name == node).MachineName;

    private Task StartAsync(string node) => LxcAsync("lxc-start", "--daemon", "--name", MachineOf(node));

    private static async Task LxcAsync(string program, params string[] arguments) =>
        (await ThrowAwayCluster.RunAsync(program, arguments)).ThrowOnFailure($"{program} failed");
}
