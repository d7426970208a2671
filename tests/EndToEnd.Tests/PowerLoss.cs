using System.Diagnostics;
using k8s;
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
public sealed class PowerLoss(ThrowAwayCluster cluster) : IDisposable
{
    /// <summary>The API answers again within this time.</summary>
    public static readonly TimeSpan ApiBound = TimeSpan.FromSeconds(60);

    /// <summary>All is Ready again within this time.</summary>
    public static readonly TimeSpan ReadyBound = TimeSpan.FromSeconds(180);

    private readonly IReadOnlyList<Node> nodes = cluster.Nodes();

    private readonly ClusterReadiness readiness = new(cluster);

    private readonly k8s.Kubernetes client = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(cluster.Kubeconfig));

    public IReadOnlyList<string> All => [.. nodes.Select(node => node.Name)];

    public IReadOnlyList<string> Masters => [.. nodes.Where(node => node.IsMaster).Select(node => node.Name)];

    /// <summary>Stops machines hard, starts them again, and waits.</summary>
    /// <param name="away">One that is stopped and not started again; null: all are.</param>
    /// <param name="whenItAnswers">Done while copies of the API servers answer; null: nothing.</param>
    public async Task<Recovery> CutAsync(IReadOnlyList<string> stopped, string? away = null, Func<Task>? whenItAnswers = null)
    {
        await Task.WhenAll(stopped.Select(cluster.CutPowerAsync));
        var cut = DateTime.UtcNow;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(stopped.Where(node => node != away).Select(StartAsync));
        await ThrowAwayCluster.EventuallyAsync("the API answers", ApiBound + TimeSpan.FromSeconds(120), async () => (await AnswersAsync() is var (answers, seen) && answers, seen));
        var api = Stopwatch.GetElapsedTime(started);
        await (whenItAnswers?.Invoke() ?? Task.CompletedTask);
        await readiness.UntilAsync(ReadyBound + TimeSpan.FromSeconds(120), stopped, cut, away);
        return new(api, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Starts a machine that was away, and waits until all is Ready with it.</summary>
    public async Task BringBackAsync(string node)
    {
        var since = DateTime.UtcNow;
        await StartAsync(node);
        await readiness.UntilAsync(ReadyBound + TimeSpan.FromSeconds(120), [node], since);
    }

    public void Dispose()
    {
        readiness.Dispose();
        client.Dispose();
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

    private async Task StartAsync(string node) =>
        (await ThrowAwayCluster.RunAsync("lxc-start", "--daemon", "--name", cluster.MachineOf(node))).ThrowOnFailure("lxc-start failed");
}
