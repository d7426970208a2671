using System.Globalization;
using KubePivot.Nodes;

namespace KubePivot.Preflight;

/// <summary>A socket that listens on a TCP port.</summary>
/// <param name="Process">As the kernel names it, at most 15 characters; empty if it cannot be told.</param>
/// <param name="Unit">The systemd unit that it belongs to; empty if there is none.</param>
public sealed record Listener(int Port, string Process, string Pid, string Unit);

/// <param name="FreeInodes">Null where the file system does not count them.</param>
/// <param name="MountPoint">As in <c>/var</c>.</param>
public sealed record FreeSpace(string MountPoint, long FreeMib, long? FreeInodes);

/// <summary>What a look at a node showed (observe-node.sh).</summary>
public sealed record NodeObservation
{
    /// <summary>What the clock showed, in seconds since 1970; null if it cannot be told.</summary>
    public double? Clock { get; init; }

    /// <summary>How far the node's clock is ahead of the build host's; null if it was not measured.</summary>
    public ClockOffset? Offset { get; init; }

    public string Hostname { get; init; } = "";

    public string MachineId { get; init; } = "";

    /// <summary>The build has put its files there before.</summary>
    public bool IsOurs { get; init; }

    /// <summary>Kubernetes' programs and images are there.</summary>
    public bool HasPayload { get; init; }

    public bool HasSystemd { get; init; }

    public int Cpus { get; init; }

    /// <summary>All of its memory, as the kernel counts it; a container's is its host's.</summary>
    public long MemoryMib { get; init; }

    public IReadOnlyList<string> Swaps { get; init; } = [];

    public IReadOnlyList<FreeSpace> Disks { get; init; } = [];

    public IReadOnlyList<Route> Routes { get; init; } = [];

    public IReadOnlyList<string> Addresses { get; init; } = [];

    public IReadOnlyList<string> NameServers { get; init; } = [];

    public IReadOnlyList<Listener> Listeners { get; init; } = [];

    /// <summary>1 or 2; null where there are none.</summary>
    public int? CgroupVersion { get; init; }

    public IReadOnlyList<string> CgroupControllers { get; init; } = [];

    /// <summary>Those of the modules asked for that the kernel has or can load.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Those of the programs asked for that are there.</summary>
    public IReadOnlyList<string> Programs { get; init; } = [];

    /// <summary>Those of the names asked for that are not found.</summary>
    public IReadOnlyList<string> UnresolvedNames { get; init; } = [];

    /// <summary>Reads the script's output.</summary>
    /// <exception cref="FormatException">It does not end as it should.</exception>
    public static NodeObservation Parse(string output)
    {
        var sections = ScriptSections.Parse(output);
        string Text(string name) => sections.Filled(name).FirstOrDefault("").Trim();
        var cgroups = sections.Filled("cgroups");
        return new NodeObservation
        {
            Clock = ClockOf(Text("clock")),
            Hostname = Text("hostname"),
            MachineId = Text("machine-id"),
            IsOurs = sections["known"].Contains("applied"),
            HasPayload = sections["known"].Contains("payload"),
            HasSystemd = sections["known"].Contains("systemd"),
            Cpus = int.TryParse(Text("cpus"), NumberStyles.None, CultureInfo.InvariantCulture, out var cpus) ? cpus : 0,
            MemoryMib = HostLook.Mib(sections["memory"], "MemTotal") ?? 0,
            Swaps = HostLook.Swaps(sections["swaps"]),
            Disks = [.. sections.Filled("disk").Select(DiskOf).OfType<FreeSpace>().Distinct()],
            Routes = Route.Parse(sections["routes"]),
            Addresses = [.. sections.Filled("addresses").Select(AddressOf).OfType<string>()],
            NameServers = [.. sections.Filled("resolvers").Select(Words).Where(words => words is ["nameserver", _, ..]).Select(words => words[1])],
            Listeners = [.. sections.Filled("listeners").Select(ListenerOf).OfType<Listener>()],
            CgroupVersion = cgroups.Count == 0 ? null : cgroups[0] == "cgroup2fs" ? 2 : 1,
            CgroupControllers = [.. cgroups.Skip(1).SelectMany(Words)],
            Modules = sections.Filled("modules"),
            Programs = sections.Filled("programs"),
            UnresolvedNames = sections.Filled("unresolved"),
        };
    }

    private static double? ClockOf(string text) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    private static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static FreeSpace? DiskOf(string line) =>
        line.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries) is [var kib, var inodes, var where] && long.TryParse(kib, NumberStyles.None, CultureInfo.InvariantCulture, out var free)
            ? new FreeSpace(where, free / 1024, long.TryParse(inodes, NumberStyles.None, CultureInfo.InvariantCulture, out var left) ? left : null)
            : null;

    /// <summary>Of a line of <c>ip -oneline address show</c>: <c>2: eth0 inet 10.70.3.11/24 …</c>.</summary>
    private static string? AddressOf(string line) => Words(line) is [_, _, "inet", var address, ..] ? address.Split('/')[0] : null;

    private static Listener? ListenerOf(string line) =>
        line.Split('|') is [var port, var process, var pid, var unit] && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new Listener(number, process, pid, unit)
            : null;
}
