using System.Diagnostics;
using k8s;

namespace KubePivot.EndToEnd;

/// <summary>
/// Asks the API every 50 ms, as a client that retries once, and measures the longest time for which that failed: from the begin of
/// an ask whose two tries both went wrong to the next good answer. Starts with the first good answer.
/// </summary>
public sealed class ApiProbe : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>A try without an answer after this went wrong, too.</summary>
    private static readonly TimeSpan TryTimeout = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource stop = new();

    private readonly string kubeconfig;

    private readonly Task asking;

    private k8s.Kubernetes client;

    private DateTime read;

    private int answers;

    private TimeSpan longestFailure;

    private TimeSpan slowest;

    /// <param name="kubeconfig">The kubeconfig of people.</param>
    public ApiProbe(string kubeconfig)
    {
        this.kubeconfig = kubeconfig;
        read = File.GetLastWriteTimeUtc(kubeconfig);
        client = Open();
        asking = AskAsync();
    }

    /// <summary>Stops asking and tells what was seen.</summary>
    /// <returns>Good answers; the longest failure; the longest time that a good answer took, its retry included.</returns>
    public async Task<(int Answers, TimeSpan LongestFailure, TimeSpan Slowest)> StopAsync()
    {
        await stop.CancelAsync();
        await asking;
        return (answers, longestFailure, slowest);
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
        long? failing = null;
        while (!stop.IsCancellationRequested)
        {
            var asked = Stopwatch.GetTimestamp();
            if (await AnswersAsync() || await AnswersAsync())
            {
                answers++;
                slowest = Max(slowest, Stopwatch.GetElapsedTime(asked));
                Lengthen(failing);
                failing = null;
            }
            else if (answers > 0)
            {
                failing ??= asked;
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        Lengthen(failing);
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private void Lengthen(long? failing)
    {
        if (failing != null)
        {
            longestFailure = Max(longestFailure, Stopwatch.GetElapsedTime(failing.Value));
        }
    }

    private k8s.Kubernetes Open() => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));

    /// <summary>As kubectl does, which reads it each time.</summary>
    private void ReadAgainIfChanged()
    {
        if (File.GetLastWriteTimeUtc(kubeconfig) is var written && written != read)
        {
            read = written;
            client.Dispose();
            client = Open();
        }
    }

    private async Task<bool> AnswersAsync()
    {
        ReadAgainIfChanged();
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
