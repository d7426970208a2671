using KubePivot.Configuration;

namespace KubePivot.Machines;

/// <summary>What LXC has to say when a container could not be made or started: vagrant-lxc keeps LXC's own words to itself.</summary>
public static class LxcEvidence
{
    /// <summary>Log of lxc-start; vagrant-lxc is told of it by the variable LXC_START_LOG_FILE.</summary>
    public static string StartLog(ClusterPaths paths) => Path.Combine(paths.State, "lxc-start.log");

    /// <summary>Error output of the box's template for a container; gone when the container was made.</summary>
    public static string CreateLog(string container) => $"{LxcBases.Folder}/{container}.log";

    /// <summary>Forgets what earlier runs logged.</summary>
    public static void Clear(Cluster cluster, ClusterPaths paths)
    {
        File.Delete(StartLog(paths));
        foreach (var log in cluster.Nodes.Select(node => CreateLog(node.MachineName)).Where(File.Exists))
        {
            File.Delete(log);
        }
    }

    /// <summary>The telling lines, or nothing.</summary>
    public static string Collect(Cluster cluster, ClusterPaths paths)
    {
        var creating = cluster.Nodes.Select(node => CreateLog(node.MachineName)).Where(File.Exists).SelectMany(File.ReadLines);
        var starting = File.Exists(StartLog(paths))
            ? File.ReadLines(StartLog(paths)).Where(line => line.Contains(" ERROR ", StringComparison.Ordinal))
            : [];
        return string.Concat(creating.Concat(starting).TakeLast(20).Select(line => $"{Environment.NewLine}    {line.TrimEnd()}"));
    }
}
