using System.Net;
using System.Net.Sockets;
using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.HostPackages;
using KubePivot.Images;
using KubePivot.Machines;
using KubePivot.Stages;

namespace KubePivot.Preflight;

/// <summary>Looks at the build host, through files and name lookups alone: no processes, so that it takes milliseconds.</summary>
public sealed class HostLook(StageContext context, KubernetesRelease release)
{
    /// <summary>So long may a name server take.</summary>
    private static readonly TimeSpan LookupTimeout = TimeSpan.FromSeconds(3);

    private readonly KubernetesArtifacts artifacts = KubernetesArtifacts.Locate(release);

    private Cluster Cluster => context.Cluster;

    private bool IsLxc => Cluster.Provider == MachineProvider.Lxc;

    public async Task<HostObservation> LookAsync()
    {
        var machines = MachineStates.Look(Cluster, context.Paths);
        return new HostObservation
        {
            Cpus = Environment.ProcessorCount,
            AvailableMib = AvailableMib(),
            Swaps = Swaps(Lines("/proc/swaps")),
            DiskNeeds = DiskNeeds(machines.Values.Count(state => state == MachineState.Absent)),
            Routes = Route.Parse(Lines("/proc/net/route")),
            NameServers = IsLxc ? Resolvers.NameServersOfHost() : [],
            CgroupVersion = File.Exists("/sys/fs/cgroup/cgroup.controllers") ? 2 : Directory.Exists("/sys/fs/cgroup") ? 1 : null,
            ProviderObstacle = new HostProbe().Probe(Cluster.Provider).Obstacle,
            MissingPackages = AptPackages.CanInstall ? [] : HostTools.MissingPackages(Cluster.Provider, program => LocalCommand.Find(program) != null, VagrantHome.HasPlugin),
            UnresolvedNames = await UnresolvedNamesAsync().ConfigureAwait(false),
            Proxy = ProxyEnvironment.OfThisProcess(),
            Machines = machines,
        };
    }

    /// <summary>The devices and files in <c>/proc/swaps</c>, below its heading.</summary>
    public static IReadOnlyList<string> Swaps(IEnumerable<string> lines) =>
        [.. lines.Skip(1).Select(line => line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 0).Select(words => words[0])];

    /// <summary>A value of <c>/proc/meminfo</c> in MiB, as of <c>MemAvailable</c>; null if it is not there.</summary>
    public static long? Mib(IEnumerable<string> memoryInfo, string name) => memoryInfo
        .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words.Length >= 2 && words[0] == $"{name}:")
        .Select(words => long.TryParse(words[1], out var kib) ? kib / 1024 : (long?)null)
        .FirstOrDefault();

    /// <summary>What a container around this process allows counts too.</summary>
    private static long AvailableMib()
    {
        var allowed = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20;
        return Math.Min(allowed, Mib(Lines("/proc/meminfo"), "MemAvailable") ?? allowed);
    }

    private List<DiskNeed> DiskNeeds(int absent)
    {
        var disks = DriveInfo.GetDrives();
        List<DiskNeed> needs = [Need(context.Paths.Root, 100, "the cluster's state")];
        if (!artifacts.IsComplete)
        {
            needs.Add(Need(ClusterPaths.Cache, release.Source == KubernetesSource.Debian ? 6144 : 1024, release.Source == KubernetesSource.Debian ? "compiling Kubernetes" : "Kubernetes' programs"));
        }

        if (IsLxc)
        {
            needs.Add(Need(ClusterPaths.Cache, File.Exists(new LxcBox(context, artifacts).BoxFile) ? 0 : 3072, "the machines' box"));
            needs.Add(Need(new LxcFolder().Path, absent == 0 ? 0 : 2048 + (300 * absent), "machines"));
        }
        else if (Cluster.Provider != MachineProvider.Existing)
        {
            needs.Add(Need(VagrantHome.Folder, absent == 0 ? 0 : 1024 + (3072 * absent), "a box and machines"));
        }

        return needs;

        DiskNeed Need(string folder, long mib, string purpose)
        {
            var disk = disks.Where(disk => IsBelow(folder, disk.Name)).MaxBy(disk => disk.Name.Length);
            return new DiskNeed(folder, disk?.Name ?? folder, disk is { IsReady: true } ? disk.AvailableFreeSpace >> 20 : long.MaxValue, mib, purpose);
        }
    }

    private static bool IsBelow(string folder, string disk) =>
        folder == disk || folder.StartsWith(Path.EndsInDirectorySeparator(disk) ? disk : disk + Path.DirectorySeparatorChar, StringComparison.OrdinalIgnoreCase);

    /// <summary>Only what this run will ask; a proxy resolves names by itself.</summary>
    private async Task<IReadOnlyList<UnresolvedName>> UnresolvedNamesAsync()
    {
        if (artifacts.IsComplete || ProxyEnvironment.OfThisProcess().Https != null)
        {
            return [];
        }

        var asked = release.Source == KubernetesSource.Upstream
            ? release.Downloads.Select(download => (Name: download.From(Cluster.Spec.Kubernetes.DownloadMirror).Address.Host, Purpose: "downloads of Kubernetes", IsNeeded: true))
            : DebianSources.Hosts().Select(host => (Name: host, Purpose: "Debian's packages", IsNeeded: false));
        var found = await Task.WhenAll(asked.Distinct().Select(async name => (Asked: name, Why: await WhyUnresolvedAsync(name.Name).ConfigureAwait(false)))).ConfigureAwait(false);
        return [.. found.Where(name => name.Why != null).Select(name => new UnresolvedName(name.Asked.Name, name.Why!, name.Asked.Purpose, name.Asked.IsNeeded))];
    }

    private async Task<string?> WhyUnresolvedAsync(string name)
    {
        try
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
            bound.CancelAfter(LookupTimeout);
            await Dns.GetHostAddressesAsync(name, bound.Token).ConfigureAwait(false);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            return $"no answer within {LookupTimeout.TotalSeconds:0} s";
        }
    }

    private static string[] Lines(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];
}
