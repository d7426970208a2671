using System.Diagnostics;
using k8s;

namespace KubePivot.EndToEnd;

/// <summary>
/// Asks the API every 50 ms, as a client that retries once, and measures the longest time for which it got no good answer.
/// Starts counting with the first good answer.
/// </summary>
public sealed class ApiProbe : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan TryTimeout = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource stop = new();

    private readonly k8s.Kubernetes client;

    private readonly Task asking;

    private int answers;

    private TimeSpan longestFailure;

    /// <param name="kubeconfig">The kubeconfig of people.</param>
    public ApiProbe(string kubeconfig)
    {
        client = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        asking = AskAsync();
    }

    /// <summary>Stops asking and tells what was seen.</summary>
    public async Task<(int Answers, TimeSpan LongestFailure)> StopAsync()
    {
        await stop.CancelAsync();
        await asking;
        return (answers, longestFailure);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        client.Dispose();
        stop.Dispose();
    }

    private async Task AskAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        long? lastGood = null;
        while (!stop.IsCancellationRequested)
        {
            if (await AnswersAsync() || await AnswersAsync())
            {
                answers++;
                Lengthen(lastGood);
                lastGood = Stopwatch.GetTimestamp();
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        Lengthen(lastGood);
    }

    private void Lengthen(long? lastGood)
    {
        if (lastGood != null && Stopwatch.GetElapsedTime(lastGood.Value) > longestFailure)
        {
            longestFailure = Stopwatch.GetElapsedTime(lastGood.Value);
        }
    }

    private async Task<bool> AnswersAsync()
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        bound.CancelAfter(TryTimeout);
        try
        {
            await client.CoreV1.ReadNamespaceAsync("kube-system", cancellationToken: bound.Token);
            return true;
        }
        catch (Exception)
        {
            // Whatever went wrong, a client got no answer: that is what is measured here.
            return false;
        }
    }
}
