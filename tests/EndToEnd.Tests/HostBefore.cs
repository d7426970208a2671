using KubePivot.Commands;

namespace KubePivot.EndToEnd;

/// <summary>The build host as it was before the tests: what Destroy must bring back.</summary>
public sealed class HostBefore : IAsyncLifetime
{
    private static readonly string[] Sysctls =
        ["net/ipv4/ip_forward", "kernel/panic", "kernel/panic_on_oops", "vm/overcommit_memory", "vm/panic_on_oom", "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"];

    public IReadOnlyDictionary<string, string> Settings { get; private set; } = new Dictionary<string, string>();

    public IReadOnlyList<string> Links { get; private set; } = [];

    public string Containers { get; private set; } = "";

    public static IReadOnlyDictionary<string, string> ReadSettings() =>
        Sysctls.Where(name => File.Exists($"/proc/sys/{name}")).ToDictionary(name => name, name => File.ReadAllText($"/proc/sys/{name}").Trim());

    /// <summary>Network links with their addresses: bridges and veth ends among them.</summary>
    public static IReadOnlyList<string> ReadLinks() =>
        [.. System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
            .Select(link => $"{link.Name} {string.Join(' ', link.GetIPProperties().UnicastAddresses.Select(address => address.Address))}").Order(StringComparer.Ordinal)];

    public static async Task<string> ReadContainersAsync() =>
        LocalCommand.Find("lxc-ls") == null ? "" : (await LocalCommand.RunAsync("lxc-ls", ["--line"])).StandardOutput;

    public async ValueTask InitializeAsync()
    {
        Settings = ReadSettings();
        Links = ReadLinks();
        Containers = await ReadContainersAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
