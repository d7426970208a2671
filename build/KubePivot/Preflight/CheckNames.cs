using KubePivot.Configuration;

namespace KubePivot.Preflight;

/// <summary>The names of all checks. Those that kubeadm has too are called as there.</summary>
public static class CheckNames
{
    public const string CgroupVersion = "CgroupVersion";

    public const string ClockSkew = "ClockSkew";

    public const string Disk = "Disk";

    public const string Hostname = "Hostname";

    public const string HttpProxy = "HTTPProxy";

    public const string HttpProxyCidr = "HTTPProxyCIDR";

    public const string MachineId = "MachineID";

    public const string Mem = "Mem";

    public const string NameResolution = "NameResolution";

    public const string NodeAddress = "NodeAddress";

    public const string NodesCidr = "CIDR-Nodes";

    public const string NumCpu = "NumCPU";

    public const string PodsCidr = "CIDR-Pods";

    public const string Provider = "Provider";

    public const string ServicesCidr = "CIDR-Services";

    public const string Ssh = "SSH";

    public const string Swap = "Swap";

    public const string SystemVerification = "SystemVerification";

    public const string Tools = "Tools";

    /// <summary>Stands for every check.</summary>
    private const string Every = "all";

    /// <summary>Every name, in alphabetical order.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. new[]
        {
            CgroupVersion, ClockSkew, Disk, Hostname, HttpProxy, HttpProxyCidr, MachineId, Mem, NameResolution, NodeAddress, NodesCidr, NumCpu, PodsCidr, Provider,
            ServicesCidr, Ssh, Swap, SystemVerification, Tools,
        }
        .Concat(NodePorts.All.Select(port => Port(port.Number)))
        .Concat(NodePrograms.All.Select(program => Program(program.Name)))
        .Order(StringComparer.Ordinal),
    ];

    public static string Port(int number) => $"Port-{number}";

    public static string Program(string name) => $"FileExisting-{name}";

    /// <summary>Reads names that were given to be ignored, in any case; <c>all</c> stands for every one.</summary>
    /// <param name="option">Where they were given, for the message.</param>
    /// <exception cref="InvalidInputException">Some are no names of checks: all of those, each with the nearest name.</exception>
    public static IReadOnlySet<string> Parse(string option, IEnumerable<string> given)
    {
        var (names, problems) = (new HashSet<string>(StringComparer.Ordinal), new List<Problem>());
        foreach (var word in given.Select(word => word.Trim()).Where(word => word.Length > 0))
        {
            var found = word.Equals(Every, StringComparison.OrdinalIgnoreCase) ? All : [.. All.Where(name => name.Equals(word, StringComparison.OrdinalIgnoreCase))];
            names.UnionWith(found);
            if (found.Count == 0)
            {
                problems.Add(new Problem(option, word, $"is no check of Preflight (the README lists them; '{Every}' stands for every one){Nearest.Hint(word, All.Append(Every))}"));
            }
        }

        return problems.Count == 0 ? names : throw new InvalidInputException("Nothing was run: the call has errors (see ./build.sh --help).", problems);
    }
}
