using System.Net;
using System.Net.Sockets;
using KubePivot.Files;
using KubePivot.Stages;

namespace KubePivot.Machines;

/// <summary>
/// The <c>/etc/resolv.conf</c> of machines that are containers: the build host's resolvers, as far as machines can reach them. CoreDNS
/// asks them for what is not the cluster's, and does not start if there is none.
/// </summary>
public static class Resolvers
{
    /// <summary>
    /// The second is what systemd-resolved knows where the first only names its own loopback address. Source: systemd-resolved.service(8).
    /// </summary>
    private static readonly string[] Sources = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

    /// <summary>Writes the file that the Vagrantfile puts into each machine; one that runs sees a change at its next start.</summary>
    public static void Save(StageContext context)
    {
        var text = OfHost();
        if (text == null)
        {
            context.Reporter.Warning($"This host names no resolver that its machines can reach ({string.Join(", ", Sources)}): the cluster's own names will be answered, names from outside will not");
        }

        AtomicFile.Write(context.Paths.Resolvers, text ?? Nobody(context.Cluster.Gateway));
    }

    /// <summary>Addresses of the name servers that machines will ask.</summary>
    public static IReadOnlyList<string> NameServersOfHost() => [.. (OfHost() ?? "").Split('\n').Select(NameServer).OfType<string>()];

    /// <summary>Chooses among the texts of a host's files.</summary>
    /// <returns>The first with a name server that machines can reach, without those that they cannot; null if there is none.</returns>
    public static string? Of(IEnumerable<string> files) => files
        .Select(file => file.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] is not ('#' or ';')).ToList())
        .Where(lines => lines.Any(line => NameServer(line) is { } server && IsReachable(server)))
        .Select(lines => string.Concat(lines.Where(line => NameServer(line) is not { } server || IsReachable(server)).Select(line => $"{line}\n")))
        .FirstOrDefault();

    private static string? OfHost() => Of(Sources.Where(File.Exists).Select(File.ReadAllText));

    /// <summary>A file with a name server that answers nothing: programs refuse a file without any.</summary>
    private static string Nobody(string gateway) => $"# The build host has no resolver: nobody answers here.\nnameserver {gateway}\n";

    /// <summary>The address in a line <c>nameserver ADDRESS</c>, or null for other lines.</summary>
    private static string? NameServer(string line) =>
        line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["nameserver", var address, ..] ? address : null;

    /// <summary>The machines have a network of IPv4 alone, and a loopback address is another in each.</summary>
    private static bool IsReachable(string address) =>
        IPAddress.TryParse(address, out var parsed) && parsed.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(parsed) && !parsed.Equals(IPAddress.Any);
}
