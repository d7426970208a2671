using System.Collections.Concurrent;
using System.Text.Json;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Waiting;

namespace KubePivot.EndToEnd;

/// <summary>
/// A copy of this checkout in a folder of its own, and the cluster that its build makes. Machines, network and state are gone
/// when the tests end, also when they fail; what was built for Kubernetes stays in the user's cache.
/// </summary>
public sealed class ThrowAwayCluster : IAsyncLifetime
{
    /// <summary>The collection of all tests that make a cluster: the machine carries one, and looks at the host would see the other.</summary>
    public const string OneAtATime = "clusters, one at a time";

    /// <summary>The masters of cluster.yaml without which one is left, that of the bootstrap.</summary>
    public const string FirstAndSecondMaster = "  - { name: master01, role: master }\n  - { name: master02, role: master }\n";

    /// <summary>etcdctl on a master, as its member.</summary>
    public const string Etcdctl = "ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/etcd/pki/ca.crt --cert=/etc/etcd/pki/server.crt --key=/etc/etcd/pki/server.key";

    private static readonly TimeSpan BuildBound = TimeSpan.FromMinutes(25);

    private static int made;

    private readonly ConcurrentQueue<RunningBuild> builds = new();

    private ProcessListWatch? processes;

    /// <summary>Root of the copy.</summary>
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"kubepivot-e2e-{Environment.ProcessId}-{Interlocked.Increment(ref made)}");

    /// <summary>Folder of the bundle that the cluster is made from; null: as cluster.yaml says.</summary>
    public string? Bundle { get; init; }

    public string Kubeconfig => Path.Combine(Folder, ".cluster", "kubeconfig");

    /// <summary>Reason why no cluster can be made here, or null.</summary>
    public static string? Obstacle =>
        !OperatingSystem.IsLinux() ? "the embedded default needs Linux"
        : !File.Exists("/etc/debian_version") ? "the embedded default needs Debian's packages: /etc/debian_version is missing"
        : Environment.UserName != "root" ? $"the lxc provider needs root, and this is {Environment.UserName}"
        : null;

    /// <summary>All that its builds have printed.</summary>
    public string Printed => string.Join('\n', builds.Select(build => build.Output));

    /// <summary>Every command line that this machine's process list has shown since.</summary>
    public string ProcessList => processes?.Text ?? "";

    public async ValueTask InitializeAsync()
    {
        if (Obstacle != null)
        {
            return;
        }

        processes = new ProcessListWatch();

        await CheckoutCopy.MakeAsync(Folder);

        // Without a bundle what can be had everywhere, whatever registry answers here; a command line that names another source goes before it.
        var source = Bundle == null ? new Dictionary<string, string> { ["Source"] = "debian" } : new() { ["Source"] = "bundle", ["Bundle"] = Bundle };
        await File.WriteAllTextAsync(Path.Combine(Folder, ".nuke", "parameters.json"), JsonSerializer.Serialize(source));
    }

    public async ValueTask DisposeAsync()
    {
        if (processes != null)
        {
            await processes.DisposeAsync();
        }

        if (Directory.Exists(Folder))
        {
            if (Directory.Exists(Path.Combine(Folder, ".cluster")))
            {
                // A folder that still has machines is kept: without it nobody can take them away.
                await MustBuildAsync("Destroy", "--purge", "--yes");
            }

            Directory.Delete(Folder, recursive: true);
        }
    }

    public RunningBuild StartBuild(params string[] arguments)
    {
        var build = RunningBuild.Start(Folder, arguments);
        builds.Enqueue(build);
        return build;
    }

    /// <summary>Runs a build to its end.</summary>
    public async Task<(int ExitCode, string Output)> BuildAsync(params string[] arguments)
    {
        using var build = StartBuild(arguments);
        return (await build.EndAsync(BuildBound), build.Output);
    }

    /// <summary>Replaces a text of cluster.yaml, which must be there.</summary>
    public async Task EditClusterFileAsync(string text, string replacement)
    {
        var file = Path.Combine(Folder, "cluster.yaml");
        var before = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains(text, before, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, before.Replace(text, replacement, StringComparison.Ordinal), TestContext.Current.CancellationToken);
    }

    /// <summary>Runs a build to its end, which must be a good one.</summary>
    public async Task<string> MustBuildAsync(params string[] arguments)
    {
        var (exitCode, output) = await BuildAsync(arguments);
        Assert.True(exitCode == 0, $"build.sh {string.Join(' ', arguments)} exited with {exitCode}:\n{output}");
        return output;
    }

    /// <summary>The nodes of cluster.yaml.</summary>
    public IReadOnlyList<Node> Nodes() => Description().Nodes;

    /// <summary>Name of a node's machine.</summary>
    public string MachineOf(string node) => Nodes().Single(found => found.Name == node).MachineName;

    /// <summary>Cuts the power of a node's machine.</summary>
    public async Task CutPowerAsync(string node) =>
        (await RunAsync("lxc-stop", "--kill", "--name", MachineOf(node))).ThrowOnFailure("lxc-stop failed");

    /// <summary>Runs kubectl with the kubeconfig of people.</summary>
    public Task<CommandResult> KubectlAsync(params string[] arguments) =>
        LocalCommand.RunAsync(Kubectl(), ["--kubeconfig", Kubeconfig, .. arguments]);

    /// <summary>Runs kubectl until it is stopped.</summary>
    public Task KubectlUntilAsync(Action<string> onLine, CancellationToken stop, params string[] arguments) =>
        LocalCommand.RunAsync(Kubectl(), ["--kubeconfig", Kubeconfig, .. arguments], onLine: onLine, cancellationToken: stop);

    /// <summary>Runs kubectl, which must succeed, and returns what it printed.</summary>
    public async Task<string> MustKubectlAsync(params string[] arguments) =>
        (await KubectlAsync(arguments)).ThrowOnFailure("kubectl failed").StandardOutput;

    /// <summary>Runs kubectl and reads what it printed as JSON.</summary>
    public async Task<JsonElement> GetAsync(params string[] arguments) =>
        JsonDocument.Parse(await MustKubectlAsync(["get", "-o", "json", .. arguments])).RootElement;

    /// <summary>Runs a command on a node, as root, over SSH with the cluster's key and its pinned host keys.</summary>
    /// <param name="input">Written to the command's standard input.</param>
    public Task<CommandResult> OnNodeAsync(string address, string command, string? input = null) =>
        LocalCommand.RunAsync("ssh", [.. SshTo(address), $"sudo -n bash -c {LocalCommand.Quoted(command)}"], input: input);

    /// <summary>Arguments of ssh that lead to a node; options may stand before them.</summary>
    public IEnumerable<string> SshTo(string address) =>
    [
        "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "StrictHostKeyChecking=yes",
        "-o", $"UserKnownHostsFile={Path.Combine(Folder, ".cluster", "known_hosts")}",
        "-i", Path.Combine(Folder, ".cluster", "ssh", "id_ed25519"),
        $"vagrant@{address}",
    ];

    /// <summary>The cluster as its cluster.yaml describes it.</summary>
    public Cluster Description()
    {
        var file = Path.Combine(Folder, "cluster.yaml");
        return new Cluster(ClusterFile.Load(file), file, MachineProvider.Lxc);
    }

    /// <summary>Names and addresses of the nodes, as the API knows them.</summary>
    public async Task<IReadOnlyDictionary<string, string>> NodeAddressesAsync() =>
        (await GetAsync("nodes")).GetProperty("items").EnumerateArray().ToDictionary(
            node => node.GetProperty("metadata").GetProperty("name").GetString()!,
            node => node.GetProperty("status").GetProperty("addresses").EnumerateArray()
                .First(address => address.GetProperty("type").GetString() == "InternalIP").GetProperty("address").GetString()!);

    /// <summary>An image that every node has, kube-proxy's, with the programs of Debian's smallest system in it.</summary>
    public async Task<string> ImageOfEveryNodeAsync() =>
        (await GetAsync("daemonset", "kube-proxy", "-n", "kube-system"))
            .GetProperty("spec").GetProperty("template").GetProperty("spec").GetProperty("containers")[0].GetProperty("image").GetString()!;

    /// <summary>The pods outside kube-system, and how often their containers were restarted.</summary>
    public Task<string> UsersPodsAsync() => MustKubectlAsync(
        "get", "pods", "--all-namespaces", "--field-selector=metadata.namespace!=kube-system", "--no-headers", "-o", "custom-columns=UID:.metadata.uid,RESTARTS:.status.containerStatuses[*].restartCount", "--sort-by=.metadata.uid");

    /// <summary>Looks until something holds; fails with what was last seen.</summary>
    public static Task EventuallyAsync(string description, TimeSpan bound, Func<Task<(bool Holds, string Seen)>> look) =>
        new Wait(TimeProvider.System, _ => { }).UntilAsync(description, bound, TimeSpan.FromMilliseconds(100), async _ =>
        {
            var (holds, seen) = await look();
            return new(holds, seen);
        });

    internal static Task<CommandResult> RunAsync(string program, params string[] arguments) =>
        LocalCommand.RunAsync(program, arguments);

    private string Kubectl() => Bundle != null
        ? Path.Combine(Bundle, "bin", "kubectl")
        : Directory.EnumerateFiles(Path.Combine(ClusterPaths.Cache, "kubernetes"), "kubectl", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
}
