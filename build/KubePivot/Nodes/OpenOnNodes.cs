using KubePivot.Configuration;

namespace KubePivot.Nodes;

/// <summary>Something that is open on each of several nodes, as a connection; all are closed together, also when one could not be opened.</summary>
internal sealed class OpenOnNodes<T> : IAsyncDisposable
    where T : IAsyncDisposable
{
    private readonly List<T> all = [];

    private OpenOnNodes()
    {
    }

    /// <summary>In the order of the nodes.</summary>
    public IReadOnlyList<T> All => all;

    /// <summary>Opens all at once.</summary>
    /// <inheritdoc cref="AllNodes.RunAsync{T, TResult}(IEnumerable{T}, Func{T, Task{TResult}})" path="/exception"/>
    public static async Task<OpenOnNodes<T>> OpenAsync(IReadOnlyList<Node> nodes, Func<Node, Task<T>> open)
    {
        var opened = new OpenOnNodes<T>();
        var opening = nodes.Select(open).ToList();
        try
        {
            opened.all.AddRange(await AllNodes.RunAsync(opening, one => one).ConfigureAwait(false));
            return opened;
        }
        catch
        {
            opened.all.AddRange(opening.Where(one => one.IsCompletedSuccessfully).Select(one => one.Result));
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(all.Select(one => one.DisposeAsync().AsTask())).ConfigureAwait(false);
}
