using System.Diagnostics;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>A client that asks the API every 50 ms over a new connection, and once more at once if that fails.</summary>
public sealed class Probe : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly HttpClient client;
    private readonly Task asking;

    public Probe(KubeApiServer server)
    {
        client = TestHttp.Client(server.Pki, "admin");
        client.DefaultRequestHeaders.ConnectionClose = true;
        asking = AskAsync($"{server.Address}/api/v1/namespaces/kube-system");
    }

    public int Answers { get; private set; }

    /// <summary>From the first question that failed to the next that did not.</summary>
    public TimeSpan LongestSilence { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        client.Dispose();
        stop.Dispose();
    }

    private async Task AskAsync(string address)
    {
        var lastGood = Stopwatch.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            if (await IsAnsweredAsync(address) || await IsAnsweredAsync(address))
            {
                Answers++;
                lastGood = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(lastGood) is var silence && silence > LongestSilence)
            {
                LongestSilence = silence;
            }

            await Task.Delay(50);
        }
    }

    private async Task<bool> IsAnsweredAsync(string address) => await TestHttp.WhatIsMissingAsync(client, address, "kube-system", stop.Token) == null;
}
