using System.Diagnostics;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>A client that asks the API every 50 ms over a new connection, and once more at once if that fails.</summary>
public sealed class Probe : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly HttpClient client;
    private readonly Task asking;

    /// <param name="node">Asked through its load balancer.</param>
    public Probe(PlayedNode node)
    {
        client = TestHttp.Client(node.Pki, "admin");
        client.DefaultRequestHeaders.ConnectionClose = true;
        asking = AskAsync($"{node.Address}/api/v1/namespaces/kube-system");
    }

    public int Answers { get; private set; }

    /// <summary>From a question that failed to the next answer.</summary>
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
        long? failing = null;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        do
        {
            var asked = Stopwatch.GetTimestamp();
            var answered = await IsAnsweredAsync(address) || await IsAnsweredAsync(address);
            if (!answered)
            {
                failing ??= asked;
            }

            if (failing != null && Stopwatch.GetElapsedTime(failing.Value) is var silence && silence > LongestSilence)
            {
                LongestSilence = silence;
            }

            if (answered)
            {
                Answers++;
                failing = null;
            }
        }
        while (await timer.WaitForNextTickAsync(stop.Token));
    }

    private async Task<bool> IsAnsweredAsync(string address) => await TestHttp.WhatIsMissingAsync(client, address, "kube-system", stop.Token) == null;
}
