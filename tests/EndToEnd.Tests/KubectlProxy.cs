namespace KubePivot.EndToEnd;

/// <summary><c>kubectl proxy</c> on a free port of localhost, as long as this object lives.</summary>
internal sealed class KubectlProxy : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource stop = new();

    private readonly TaskCompletionSource<int> port = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task running = Task.CompletedTask;

    /// <summary>An address that is printed for the port that <c>kubectl proxy</c> has as a rule, with this one's.</summary>
    public string Here(string printed) => new UriBuilder(printed) { Port = port.Task.Result }.Uri.AbsoluteUri;

    /// <param name="options">Of <c>kubectl proxy</c>, besides its port.</param>
    public static async Task<KubectlProxy> StartAsync(ThrowAwayCluster cluster, params string[] options)
    {
        var proxy = new KubectlProxy();
        proxy.running = cluster.KubectlUntilAsync(proxy.Take, proxy.stop.Token, ["proxy", "--port=0", .. options]);
        await proxy.port.Task.WaitAsync(Bound);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ContinueWith(_ => { }, TaskScheduler.Default);
        stop.Dispose();
    }

    private void Take(string line)
    {
        if (line.StartsWith("Starting to serve on ", StringComparison.Ordinal))
        {
            port.TrySetResult(int.Parse(line[(line.LastIndexOf(':') + 1)..]));
        }
    }
}
