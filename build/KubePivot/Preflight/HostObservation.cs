using KubePivot.Machines;

namespace KubePivot.Preflight;

/// <summary>What a look at the build host showed (<see cref="HostLook"/>).</summary>
public sealed record HostObservation
{
    /// <summary>Logical processors.</summary>
    public required int Cpus { get; init; }

    /// <summary>What programs can have without anything being swapped out, in MiB.</summary>
    public required long AvailableMib { get; init; }

    /// <summary>Where there is swap, as in <c>/dev/sda2</c>.</summary>
    public IReadOnlyList<string> Swaps { get; init; } = [];

    /// <summary>What is needed of disks, each with the disk that it would be on.</summary>
    public IReadOnlyList<DiskNeed> DiskNeeds { get; init; } = [];

    public IReadOnlyList<Route> Routes { get; init; } = [];

    /// <summary>Addresses of the name servers that machines of this host will ask.</summary>
    public IReadOnlyList<string> NameServers { get; init; } = [];

    /// <summary>Version of the kernel's control groups, 1 or 2; null where there are none.</summary>
    public int? CgroupVersion { get; init; }

    /// <summary>Why the provider cannot be used; null: it can.</summary>
    public string? ProviderObstacle { get; init; }

    /// <summary>Debian packages that the build needs and cannot install here.</summary>
    public IReadOnlyList<string> MissingPackages { get; init; } = [];

    /// <summary>Names that the build will ask and that are not found.</summary>
    public IReadOnlyList<UnresolvedName> UnresolvedNames { get; init; } = [];

    public ProxyEnvironment Proxy { get; init; } = new(null, null);

    /// <summary>The machines by their nodes' names.</summary>
    public required IReadOnlyDictionary<string, MachineState> Machines { get; init; }
}

/// <param name="Folder">Where it will be written.</param>
/// <param name="Disk">The mounted file system that the folder is on.</param>
/// <param name="FreeMib">Of the whole file system.</param>
/// <param name="NeededMib">By this purpose alone.</param>
/// <param name="Purpose">As in <c>compiling Kubernetes</c>.</param>
public sealed record DiskNeed(string Folder, string Disk, long FreeMib, long NeededMib, string Purpose);

/// <param name="Why">In the resolver's words.</param>
/// <param name="Purpose">As in <c>downloads of Kubernetes</c>.</param>
/// <param name="IsNeeded">False: something else, as a proxy of apt's own, may know it.</param>
public sealed record UnresolvedName(string Name, string Why, string Purpose, bool IsNeeded);

/// <summary>The environment's proxy, which programs that the user runs go through.</summary>
/// <param name="Https">Value of <c>HTTPS_PROXY</c>, or null.</param>
/// <param name="Exceptions">Value of <c>NO_PROXY</c>, or null.</param>
public sealed record ProxyEnvironment(string? Https, string? Exceptions)
{
    public static ProxyEnvironment OfThisProcess() => new(Variable("HTTPS_PROXY"), Variable("NO_PROXY"));

    /// <summary>Programs take either case.</summary>
    private static string? Variable(string name) =>
        new[] { name.ToLowerInvariant(), name }.Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => !string.IsNullOrEmpty(value));
}
