using KubePivot.Configuration;
using KubePivot.Ssh;
using KubePivot.Stages;

namespace KubePivot.Nodes;

/// <summary>The containers that run on a node, as its container runtime has them.</summary>
internal static class RunningContainers
{
    /// <summary>Asks a node, once.</summary>
    /// <returns>IDs, as the API has them behind <c>containerd://</c>.</returns>
    /// <exception cref="StageException">It is not reached, or its runtime does not say.</exception>
    public static async Task<IReadOnlySet<string>> AskAsync(StageContext context, Node node)
    {
        await using var connection = await NodeConnection.ConnectAsync(context, node).ConfigureAwait(false);
        var result = await connection.RunAsync("ctr --timeout 10s --namespace k8s.io tasks list", cancellationToken: context.CancellationToken).ConfigureAwait(false);
        return Parse(result.ThrowOnFailure("could not ask the container runtime what runs").StandardOutput);
    }

    /// <summary>Reads the table of <c>ctr tasks list</c>: TASK, PID, STATUS. One of which the runtime does not know how it is, has not ended.</summary>
    public static IReadOnlySet<string> Parse(string table) => table.Split('\n')
        .Select(line => line.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries))
        .Where(columns => columns is [_, _, not ("STOPPED" or "STATUS")])
        .Select(columns => columns[0])
        .ToHashSet(StringComparer.Ordinal);
}
