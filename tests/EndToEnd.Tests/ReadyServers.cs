using k8s;
using k8s.Models;
using KubePivot.Kubernetes;

namespace KubePivot.EndToEnd;

/// <summary>Counts, five times a second, the self-hosted API servers that the API calls Ready: a rollout ends all at once that are not.</summary>
public sealed class ReadyServers : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource stop = new();

    private readonly string kubeconfig;

    private readonly Task counting;

    private readonly List<string> fewest = [];

    private int looks;

    /// <param name="kubeconfig">The kubeconfig of people.</param>
    public ReadyServers(string kubeconfig)
    {
        this.kubeconfig = kubeconfig;
        counting = CountAsync();
    }

    /// <summary>Fails if there were ever fewer.</summary>
    public async Task AssertNeverFewerThanAsync(int count, string during)
    {
        await stop.CancelAsync();
        await counting;
        Assert.True(looks > 50, $"{during} the API servers were seen only {looks} times");
        Assert.True(Fewest >= count, $"{during} fewer than {count} API servers were Ready:\n{string.Join('\n', fewest)}");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await counting;
        stop.Dispose();
    }

    private int Fewest { get; set; } = int.MaxValue;

    private async Task CountAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                // Read each time, as kubectl does: it is written anew meanwhile.
                var configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig);
                configuration.HttpClientTimeout = Timeout;
                using var client = new k8s.Kubernetes(configuration);
                var pods = (await client.CoreV1.ListNamespacedPodAsync("kube-system", labelSelector: "k8s-app=kube-apiserver", cancellationToken: stop.Token)).Items;
                Note([.. pods.Where(pod => pod.OwnerReferences()?.Any(owner => owner.Kind == "DaemonSet") == true)]);
            }
            catch (Exception exception) when (ApiFailure.Is(exception))
            {
                // Whether the API answers is ApiProbe's to see.
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private void Note(IReadOnlyList<V1Pod> servers)
    {
        looks++;
        var ready = servers.Count(pod => pod.DeletionTimestamp() == null && IsReady(pod));
        if (ready < Fewest)
        {
            Fewest = ready;
            fewest.Add($"{DateTime.UtcNow:HH:mm:ss.fff}Z {ready}: {string.Join(", ", servers.Select(pod => $"{pod.Name()} on {pod.Spec.NodeName} {(pod.DeletionTimestamp() != null ? "ends" : IsReady(pod) ? "Ready" : "not Ready")}"))}");
        }
    }

    private static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;
}
