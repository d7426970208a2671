using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Files;
using KubePivot.Stages;

namespace KubePivot.Machines;

/// <summary>
/// The network of a cluster's containers on the build host: a bridge of its own with a fixed address, and a way to the outside.
/// Nothing is asked of the distribution's own lxc network, and other clusters on the same host are not touched.
/// </summary>
public sealed class HostNetwork(StageContext context)
{
    /// <summary>Shared by all clusters on this host; <c>/run</c> forgets at a boot, as the kernel's settings do.</summary>
    private const string SharedFolder = "/run/kubepivot";

    private const string Watches = "fs.inotify.max_user_instances";

    /// <summary>
    /// What the host's kernel must be told; all else that a kubelet wants to set, its machine sees as set already. Watches are
    /// counted for root on all machines and the host together: a machine takes some 20, and the usual bound is 128.
    /// </summary>
    private static readonly Dictionary<string, string> Needed = new() { ["net.ipv4.ip_forward"] = "1", [Watches] = "1024" };

    private static string SharedFile => Path.Combine(SharedFolder, "host-settings.json");

    private static string BootId => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>Makes what is missing. What is there already is left as it is.</summary>
    public async Task EnsureAsync()
    {
        var cluster = context.Cluster;
        using var exclusive = await LockAsync().ConfigureAwait(false);
        ThrowIfAddressesAreTaken(cluster);

        var wanted = Wanted();
        var shared = LoadShared().With(cluster.BridgeName, wanted, ValueBefore);
        AtomicFile.Write(SharedFile, shared.ToJson());
        var gateway = $"{cluster.Gateway}/{cluster.NodeNetwork.PrefixLength}";
        new HostSettings(BootId, cluster.BridgeName, gateway, wanted.Keys.ToDictionary(name => name, name => shared.Settings[name].Before)).Save(context.Paths);

        if (!Exists(cluster.BridgeName))
        {
            context.Reporter.Info($"Making the bridge {cluster.BridgeName} with address {gateway}, forwarding and masquerading packets of its machines");
            await IpAsync("link", "add", cluster.BridgeName, "type", "bridge").ConfigureAwait(false);
        }

        await IpAsync("address", "replace", gateway, "dev", cluster.BridgeName).ConfigureAwait(false);
        await IpAsync("link", "set", cluster.BridgeName, "up").ConfigureAwait(false);
        await PacketFilter.EnsureAsync(PacketFilter.RulesOf(cluster.BridgeName, cluster.NodeNetwork.ToString()), context.CancellationToken).ConfigureAwait(false);
        foreach (var (name, value) in wanted)
        {
            WriteSysctl(name, value);
        }
    }

    /// <summary>Takes away what <see cref="EnsureAsync"/> made, however far it came, and gives back the host's settings when no other cluster needs them.</summary>
    public async Task RemoveAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var exclusive = await LockAsync().ConfigureAwait(false);
        var recorded = HostSettings.LoadIfPresent(context.Paths);
        foreach (var bridge in new[] { context.Cluster.BridgeName, recorded?.Bridge }.OfType<string>().Distinct())
        {
            await PacketFilter.RemoveAsync(bridge, context.CancellationToken).ConfigureAwait(false);
            if (Exists(bridge))
            {
                await IpAsync("link", "delete", bridge).ConfigureAwait(false);
                context.Reporter.Info($"Removed the bridge {bridge}");
            }

            Restore(bridge);
        }

        if (File.Exists(context.Paths.HostSettings))
        {
            File.Delete(context.Paths.HostSettings);
        }
    }

    public static bool Exists(string link) => Directory.Exists($"/sys/class/net/{link}");

    private void Restore(string bridge)
    {
        // Noted once more, for the shared file may have been lost: then the cluster's own record knows the value.
        var (remaining, restorations) = LoadShared().With(bridge, Recorded(), ValueBefore).Without(bridge, Exists);
        foreach (var restoration in restorations.Where(restoration => ReadSysctl(restoration.Name) == restoration.Expected && restoration.Before != restoration.Expected))
        {
            WriteSysctl(restoration.Name, restoration.Before);
            context.Reporter.Info($"Set {restoration.Name} back to {restoration.Before}");
        }

        AtomicFile.Write(SharedFile, remaining.ToJson());
    }

    /// <summary>What is needed, without a bound that is wide enough already and was not widened by a cluster.</summary>
    private static Dictionary<string, string> Wanted()
    {
        var shared = LoadShared();
        return Needed
            .Where(setting => setting.Key != Watches || shared.Settings.ContainsKey(Watches) || int.Parse(ReadSysctl(Watches)) < int.Parse(setting.Value))
            .ToDictionary();
    }

    /// <summary>What this cluster has changed in this boot.</summary>
    private Dictionary<string, string> Recorded() => HostSettings.LoadIfPresent(context.Paths) is { } recorded && recorded.Boot == BootId
        ? Needed.Where(setting => recorded.Sysctls.ContainsKey(setting.Key)).ToDictionary()
        : [];

    /// <summary>A setting's value before this cluster changed it: as recorded in this boot, else as it is.</summary>
    private string ValueBefore(string name) =>
        HostSettings.LoadIfPresent(context.Paths) is { } recorded && recorded.Boot == BootId && recorded.Sysctls.TryGetValue(name, out var before) ? before : ReadSysctl(name);

    /// <summary>Two clusters, or a cluster and the host's own network, with common addresses would take each other's packets.</summary>
    private static void ThrowIfAddressesAreTaken(Cluster cluster)
    {
        var taken = from link in NetworkInterface.GetAllNetworkInterfaces()
                    where link.Name != cluster.BridgeName
                    from address in link.GetIPProperties().UnicastAddresses
                    where address.Address.AddressFamily == AddressFamily.InterNetwork && address.PrefixLength > 0
                    let mask = uint.MaxValue << (32 - address.PrefixLength)
                    let network = new IPNetwork(new IPAddress(Masked(address.Address, mask)), address.PrefixLength)
                    where network.Overlaps(cluster.NodeNetwork)
                    select (link.Name, Network: network);
        if (taken.FirstOrDefault() is { Name: not null } first)
        {
            throw new InvalidInputException(
                "The machines' network cannot be made:",
                [new Problem("network.nodeCidr", cluster.NodeNetwork.ToString(), $"shares addresses with {first.Network} on {first.Name} of this host: choose a free /24 in cluster.yaml")]);
        }
    }

    private static byte[] Masked(IPAddress address, uint mask)
    {
        var bytes = address.GetAddressBytes();
        for (var index = 0; index < 4; index++)
        {
            bytes[index] &= (byte)(mask >> (24 - (8 * index)));
        }

        return bytes;
    }

    private static SharedSettings LoadShared() => SharedSettings.Parse(File.Exists(SharedFile) ? File.ReadAllText(SharedFile) : null, BootId);

    private Task<IDisposable> LockAsync() => FileLock.AcquireAsync(
        Path.Combine(SharedFolder, "lock"),
        context.Clock,
        () => context.Reporter.Info("Waiting for another build that is changing this host's network"),
        context.CancellationToken);

    private async Task IpAsync(params string[] arguments) =>
        (await LocalCommand.RunAsync("ip", arguments, cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure("The machines' network could not be changed");

    private static string ReadSysctl(string name) => File.ReadAllText(FileOf(name)).Trim();

    private static void WriteSysctl(string name, string value)
    {
        if (ReadSysctl(name) != value)
        {
            File.WriteAllText(FileOf(name), value);
        }
    }

    private static string FileOf(string name) => $"/proc/sys/{name.Replace('.', '/')}";
}
