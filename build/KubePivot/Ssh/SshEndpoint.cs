using KubePivot.Configuration;

namespace KubePivot.Ssh;

/// <summary>Where and as whom a node is reached.</summary>
/// <param name="Node">Name of the node, for messages.</param>
/// <param name="Address">IPv4 address.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="User">root, or a user with password-less sudo.</param>
/// <param name="KeyFile">Private key without a passphrase.</param>
/// <param name="KnownHostsFile">Pinned host keys.</param>
public sealed record SshEndpoint(string Node, string Address, int Port, string User, string KeyFile, string KnownHostsFile)
{
    /// <summary>After so long a silence a node is asked for a sign of life, and so long may the answer take; default 15 s.</summary>
    public TimeSpan SilenceBound { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Machines that Vagrant made have the user <c>vagrant</c> and the cluster's own key; those of provider <c>existing</c> what cluster.yaml says.</summary>
    public static SshEndpoint Of(Cluster cluster, ClusterPaths paths, Node node)
    {
        var existing = cluster.Provider == MachineProvider.Existing;
        var user = existing ? node.Spec.SshUser ?? "root" : "vagrant";
        var key = existing && node.Spec.SshKeyFile is { } file ? FromRoot(paths, file) : paths.SshKey;
        return new SshEndpoint(node.Name, node.Address, existing ? node.Spec.SshPort : 22, user, key, paths.KnownHosts);
    }

    /// <summary>For messages: <c>vagrant@10.70.3.11</c>, with the port unless it is 22.</summary>
    public override string ToString() => Port == 22 ? $"{User}@{Address}" : $"{User}@{Address}:{Port}";

    private static string FromRoot(ClusterPaths paths, string file) => file.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), file[2..])
        : Path.Combine(paths.Root, file);
}
