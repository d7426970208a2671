using KubePivot.Configuration;
using KubePivot.Ssh;
using KubePivot.Stages;

namespace KubePivot.Nodes;

/// <summary>The containers that run on a node, as its container runtime has them.</summary>
internal static class RunningContainers
{
    /// <summary>Asks a node; waits for one that does not answer.</summary>
    /// <returns>IDs, as the API has them behind <c>containerd://</c>.</returns>
    /// <exception cref="StageException">It cannot be reached within the bound of a wait, or its runtime does not say.</exception>
    public static async Task<IReadOnlySet<string>> AskAsync(StageContext context, Node node)
    {
        await using var connection = await NodeConnection.ConnectAsync(context, node, context.Timeout).ConfigureAwait(false);
        var result = await connection.RunAsync("ctr --namespace k8s.io tasks list", cancellationToken: context.CancellationToken).ConfigureAwait(false);
        return Parse(result.ThrowOnFailure($"{node.Name}: could not ask the container runtime what runs").StandardOutput);
    }

    /// <summary>Reads the table of <c>ctr tasks list</c>: TASK, PID, STATUS.</summary>
    public static IReadOnlySet<string> Parse(string table) => table.Split('\n')
        .Select(line => line.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries))
        .Where(columns => columns is [_, _, "RUNNING"])
        .Select(columns => columns[0])
        .ToHashSet(StringComparer.Ordinal);
}
