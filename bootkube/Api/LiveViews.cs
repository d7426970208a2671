using System.Text.Json.Nodes;
using KubePivot.Waiting;

namespace Bootkube.Api;

/// <summary>Views of some collections that are kept up to date together, and the event that one of them changed.</summary>
internal sealed class LiveViews : IAsyncDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly IReadOnlyList<ResourceView> views;
    private readonly Task running;

    /// <param name="paths">As in <c>/api/v1/namespaces/kube-system/pods</c>.</param>
    public LiveViews(ApiClient api, TimeProvider clock, CancellationToken cancellationToken, params IEnumerable<string> paths)
    {
        Changed = new ChangeSignal(clock);
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        views = [.. paths.Select(path => new ResourceView(api, path, Changed.Set))];
        running = Task.WhenAll(views.Select(view => view.RunAsync(stop.Token)));
    }

    /// <summary>Set with each change of a view.</summary>
    public ChangeSignal Changed { get; }

    /// <summary>Why a view may be out of date; null if none is.</summary>
    public string? Trouble =>
        running.Exception?.GetBaseException().Message ?? views.Select(view => view.Trouble).FirstOrDefault(trouble => trouble != null);

    /// <summary>The objects of the path with this position, as last seen.</summary>
    public IEnumerable<JsonNode> this[int path] => views[path].Objects?.Values ?? [];

    /// <summary>Returns when each view has seen its collection once, or said why it cannot.</summary>
    public async Task SeenAsync(CancellationToken cancellationToken)
    {
        while (views.Any(view => view.Objects == null && view.Trouble == null) && !running.IsFaulted)
        {
            await Changed.WaitAsync(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }
}
