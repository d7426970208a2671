namespace Bootkube.Pivot;

/// <summary>Finds the processes of a pod by their control groups: the one proof that needs neither kubelet nor container runtime.</summary>
/// <param name="root">Stands for <c>/</c>.</param>
internal sealed class PodProcesses(string root)
{
    /// <summary>Whether a process of this machine belongs to the pod.</summary>
    /// <param name="uid">As the kubelet calls it: <c>pod&lt;uid&gt;</c> in cgroupfs names, with <c>_</c> for <c>-</c> in systemd's.</param>
    public bool Any(string uid)
    {
        string[] names = [$"pod{uid}", $"pod{uid.Replace('-', '_')}"];
        var processes = Path.Combine(root, "proc");
        return Directory.Exists(processes) && Directory.EnumerateDirectories(processes)
            .Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]))
            .Any(folder => GroupsOf(folder) is { } groups && names.Any(name => groups.Contains(name, StringComparison.Ordinal)));
    }

    private static string? GroupsOf(string processFolder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(processFolder, "cgroup"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
