using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Bootkube.Api;

/// <summary>Views of some collections that are kept up to date together, and the event that one of them changed.</summary>
internal sealed class LiveViews : IAsyncDisposable
{
    private readonly Channel<bool> changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource stop;
    private readonly TimeProvider clock;
    private readonly IReadOnlyList<ResourceView> views;
    private readonly Task running;

    /// <param name="paths">As in <c>/api/v1/namespaces/kube-system/pods</c>.</param>
    public LiveViews(ApiClient api, TimeProvider clock, CancellationToken cancellationToken, params IEnumerable<string> paths)
    {
        this.clock = clock;
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        views = [.. paths.Select(path => new ResourceView(api, path, () => changes.Writer.TryWrite(true)))];
        running = Task.WhenAll(views.Select(view => view.RunAsync(stop.Token)));
    }

    /// <summary>Why a view may be out of date; null if none is.</summary>
    public string? Trouble => views.Select(view => view.Trouble).FirstOrDefault(trouble => trouble != null);

    /// <summary>The objects of the path with this position, as last seen.</summary>
    public IEnumerable<JsonNode> this[int path] => views[path].Objects?.Values ?? [];

    /// <summary>Returns when something has changed since the last call, or after a time in which nothing did.</summary>
    public async Task NextChangeAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = clock.CreateTimer(_ => limit.Cancel(), null, atMost, Timeout.InfiniteTimeSpan);
        try
        {
            await changes.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing changed but the time.
        }

        if (running.IsFaulted)
        {
            await running;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }
}
