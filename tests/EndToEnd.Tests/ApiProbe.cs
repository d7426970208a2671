using System.Diagnostics;
using k8s;

namespace KubePivot.EndToEnd;

/// <summary>
/// Asks the API every 50 ms, as a client that retries once, and measures for how long that failed: from the begin of an ask whose two
/// tries both went wrong to the next good answer. The second is made on a connection of its own, as by somebody who types kubectl
/// again: the first leads through a load balancer to one API server, and says nothing of the others. Starts with the first good answer.
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

    private readonly MachineStandstills standstills = new(Path.GetTempPath());

    private readonly List<ApiAvailability.Failure> failures = [];

    private readonly Dictionary<string, int> failedTries = [];

    private int answers;

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
    public async Task<ApiAvailability> StopAsync()
    {
        await stop.CancelAsync();
        await asking;
        return new(answers, slowest, failures);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        client.Dispose();
        standstills.Dispose();
        stop.Dispose();
    }

    private async Task AskAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        long? failing = null;
        while (!stop.IsCancellationRequested)
        {
            var asked = Stopwatch.GetTimestamp();
            if (await AnswersAsync() || await AnswersAnewAsync())
            {
                answers++;
                slowest = Max(slowest, Stopwatch.GetElapsedTime(asked));
                Note(failing);
                failing = null;
            }
            else if (answers > 0)
            {
                failing ??= asked;
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        Note(failing);
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private void Note(long? failing)
    {
        if (failing != null)
        {
            var now = Stopwatch.GetTimestamp();
            var length = Stopwatch.GetElapsedTime(failing.Value, now);
            failures.Add(new(DateTimeOffset.UtcNow - length, length, standstills.Between(failing.Value, now), new Dictionary<string, int>(failedTries)));
        }

        failedTries.Clear();
    }

    private k8s.Kubernetes Open() => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));

    /// <summary>As kubectl does, which reads it each time.</summary>
    private void ReadAgainIfChanged()
    {
        if (File.GetLastWriteTimeUtc(kubeconfig) is var written && written != read)
        {
            read = written;
            Connect();
        }
    }

    private void Connect()
    {
        client.Dispose();
        client = Open();
    }

    private Task<bool> AnswersAnewAsync()
    {
        Connect();
        return AnswersAsync();
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
        catch (Exception exception)
        {
            // Whatever went wrong, a client got no answer: that is what is measured here.
            var words = KubePivot.Kubernetes.ApiFailure.Words(exception);
            failedTries[words] = failedTries.GetValueOrDefault(words) + 1;
            return false;
        }
    }
}
