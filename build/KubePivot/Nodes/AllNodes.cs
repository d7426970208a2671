namespace KubePivot.Nodes;

/// <summary>The same work on all nodes at once.</summary>
internal static class AllNodes
{
    /// <summary>Lets every node come to its end before the first error is told, and tells all of them.</summary>
    /// <exception cref="StageException">Some failed: the messages of all of those.</exception>
    public static async Task<IReadOnlyList<TResult>> RunAsync<T, TResult>(IEnumerable<T> nodes, Func<T, Task<TResult>> work)
    {
        var running = nodes.Select(work).ToList();
        try
        {
            return await Task.WhenAll(running).ConfigureAwait(false);
        }
        catch (Exception)
        {
            var failures = running.Where(task => task.IsFaulted).Select(task => task.Exception!.InnerException!).ToList();
            if (failures.Count > 1 && failures.All(failure => failure is StageException))
            {
                throw new StageException(string.Join(Environment.NewLine, failures.Select(failure => failure.Message)), failures[0]);
            }

            throw;
        }
    }

    /// <inheritdoc cref="RunAsync{T, TResult}(IEnumerable{T}, Func{T, Task{TResult}})"/>
    public static Task RunAsync<T>(IEnumerable<T> nodes, Func<T, Task> work) =>
        RunAsync(nodes, async node =>
        {
            await work(node).ConfigureAwait(false);
            return true;
        });
}
