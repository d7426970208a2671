using System.Globalization;

namespace Bootkube.Pivot;

/// <summary>What the kubelet keeps of the containers of a static pod, readable while there is no API server to ask.</summary>
/// <param name="root">Stands for <c>/</c>.</param>
internal sealed class ContainerLogs(string root)
{
    /// <summary>The newest log of a pod, and how often its container had been restarted when that was begun; null if there is none yet.</summary>
    /// <param name="pod">Name in its manifest, to which the kubelet adds <c>-NODE_UID</c>.</param>
    public (string File, int Restarts)? Newest(string @namespace, string pod)
    {
        var newest = FoldersOf(@namespace, pod)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.log", SearchOption.AllDirectories))
            .MaxBy(File.GetLastWriteTimeUtc);
        return newest == null ? null
            : (newest, int.TryParse(Path.GetFileNameWithoutExtension(newest), NumberStyles.None, CultureInfo.InvariantCulture, out var restarts) ? restarts : 0);
    }

    /// <summary>
    /// Every pod of that manifest that the kubelet ever ran here. It writes them down when it starts them; their mirrors in the API may
    /// be missing for a minute more, until the kubelet looks at them again.
    /// </summary>
    /// <param name="pod">Name in its manifest, to which the kubelet adds <c>-NODE_UID</c>.</param>
    /// <returns>Names with the node's, and what the kubelet names their control groups after.</returns>
    public IEnumerable<(string Name, string Uid)> Pods(string @namespace, string pod) =>
        FoldersOf(@namespace, pod).Select(Path.GetFileName).OfType<string>().Select(folder => folder.Split('_')).Where(parts => parts.Length == 3).Select(parts => (parts[1], parts[2]));

    private string[] FoldersOf(string @namespace, string pod)
    {
        var logs = Path.Combine(root, "var", "log", "pods");
        return Directory.Exists(logs) ? Directory.GetDirectories(logs, $"{@namespace}_{pod}-*") : [];
    }

    /// <summary>The last lines of a log, without the runtime's time stamps.</summary>
    public static IEnumerable<string> LastLines(string file, int count)
    {
        try
        {
            return File.ReadLines(file).TakeLast(count).Select(line => line.Split(' ', 4) is [_, "stdout" or "stderr", _, var words] ? words : line).ToList();
        }
        catch (IOException)
        {
            return [];
        }
    }
}
