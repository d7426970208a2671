using KubePivot.Configuration;
using KubePivot.Ssh;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Nodes;

/// <summary>The containers that run on a node, as its container runtime has them.</summary>
internal static class RunningContainers
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks a node; waits for one that does not answer, or that has only just started.</summary>
    /// <returns>IDs, as the API has them behind <c>containerd://</c>.</returns>
    /// <exception cref="StageException">It cannot be reached, or its runtime does not say, within the bound of a wait.</exception>
    public static async Task<IReadOnlySet<string>> AskAsync(StageContext context, Node node)
    {
        await using var connection = await NodeConnection.ConnectAsync(context, node, context.Timeout).ConfigureAwait(false);
        IReadOnlySet<string> running = new HashSet<string>();
        await new Wait(context.Clock, line => context.Reporter.Info(line, node.Name)).UntilAsync(
            $"containerd on {node.Name} to say what runs",
            context.Timeout,
            Interval,
            async stop =>
            {
                var result = await connection.RunAsync("ctr --timeout 10s --namespace k8s.io tasks list", cancellationToken: stop).ConfigureAwait(false);
                running = Parse(result.StandardOutput);
                return new Observation(result.Succeeded, result.StandardError.Trim());
            },
            cancellationToken: context.CancellationToken).ConfigureAwait(false);
        return running;
    }

    /// <summary>Reads the table of <c>ctr tasks list</c>: TASK, PID, STATUS.</summary>
    public static IReadOnlySet<string> Parse(string table) => table.Split('\n')
        .Select(line => line.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries))
        .Where(columns => columns is [_, _, "RUNNING"])
        .Select(columns => columns[0])
        .ToHashSet(StringComparer.Ordinal);
}
