using System.Text.Json;
using System.Text.Json.Serialization;
using KubePivot.Configuration;
using KubePivot.Files;

namespace KubePivot.Machines;

/// <summary>What <c>.cluster/machines.json</c> says; the Vagrantfile reads it and knows nothing else of the cluster.</summary>
public sealed record MachinesFile
{
    /// <summary>Provider as Vagrant names it, as in <c>vmware_desktop</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>Name of the box, as <c>vagrant box list</c> shows it.</summary>
    public required string Box { get; init; }

    /// <summary>Virtual CPUs of a machine; containers (lxc) share the host's.</summary>
    public required int Cpus { get; init; }

    /// <summary>Memory of a machine in MiB; containers (lxc) share the host's.</summary>
    public required int MemoryMib { get; init; }

    /// <summary>How long Vagrant waits for a machine's SSH, in seconds.</summary>
    public required int BootTimeoutSeconds { get; init; }

    public required string SshUser { get; init; }

    /// <summary>The cluster's private key, relative to the folder of this file; its public half has the suffix <c>.pub</c>.</summary>
    public required string SshKey { get; init; }

    /// <summary>Debian packages that a machine made from a public box is given; empty for the lxc box, which is born with them.</summary>
    public required IReadOnlyList<string> Packages { get; init; }

    public required MachineNetwork Network { get; init; }

    public required IReadOnlyList<MachineEntry> Machines { get; init; }

    /// <summary>Describes a cluster's machines.</summary>
    /// <param name="box">Name of the box to make them from.</param>
    /// <param name="packages">What a machine of a public box is given; ignored for lxc.</param>
    /// <param name="timeout">How long a machine may take until its SSH answers.</param>
    public static MachinesFile Of(Cluster cluster, string box, IReadOnlyList<string> packages, TimeSpan timeout) => new()
    {
        Provider = cluster.Provider.VagrantName(),
        Box = box,
        Cpus = cluster.Spec.Machines.Cpus,
        MemoryMib = cluster.Spec.Machines.MemoryMib,
        BootTimeoutSeconds = (int)timeout.TotalSeconds,
        SshUser = MachineUser,
        SshKey = "ssh/id_ed25519",
        Packages = cluster.Provider == MachineProvider.Lxc ? [] : packages,
        Network = new MachineNetwork(
            cluster.BridgeName, cluster.Gateway, cluster.NodeNetwork.PrefixLength, cluster.NodeNetwork.BroadcastAddress(), cluster.NodeNetwork.Netmask()),
        Machines = [.. cluster.Nodes.Select(node => new MachineEntry(node.Name, node.MachineName, node.Address))],
    };

    /// <summary>The user that Vagrant boxes are made with.</summary>
    public const string MachineUser = "vagrant";

    /// <summary>The file as the last run of VagrantUp left it, or null if there is none that can be read.</summary>
    public static MachinesFile? LoadIfPresent(ClusterPaths paths)
    {
        try
        {
            return File.Exists(paths.MachinesFile) ? JsonSerializer.Deserialize(File.ReadAllBytes(paths.MachinesFile), MachinesJson.Default.MachinesFile) : null;
        }
        catch (JsonException)
        {
            // The next VagrantUp writes it anew; what it described is found by the names of the machines.
            return null;
        }
    }

    /// <summary>Adds machines that are there although the cluster has no such node any more: Vagrant must know them to destroy them.</summary>
    public MachinesFile Keeping(IEnumerable<MachineEntry> present) =>
        this with { Machines = [.. Machines, .. present.Where(machine => Machines.All(other => other.Name != machine.Name))] };

    public void Save(ClusterPaths paths)
    {
        AtomicFile.CreateSecretFolder(paths.State);
        AtomicFile.Write(paths.MachinesFile, ToJson());
    }

    public string ToJson() => JsonSerializer.Serialize(this, MachinesJson.Default.MachinesFile) + "\n";
}

/// <param name="Bridge">The cluster's own network on the build host: bridge (lxc), name of the network (libvirt).</param>
/// <param name="Gateway">The build host's address on it.</param>
/// <param name="Broadcast">Must be given to LXC, which would take 0.0.0.255.</param>
public sealed record MachineNetwork(string Bridge, string Gateway, int PrefixLength, string Broadcast, string Netmask);

/// <param name="Name">Name of the node, and of the machine for Vagrant: <c>vagrant ssh master01</c>.</param>
/// <param name="MachineName">Name at the provider, unique on the build host.</param>
/// <param name="Address">Fixed IPv4 address on the cluster's network.</param>
public sealed record MachineEntry(string Name, string MachineName, string Address);

[JsonSerializable(typeof(MachinesFile))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
internal sealed partial class MachinesJson : JsonSerializerContext;
