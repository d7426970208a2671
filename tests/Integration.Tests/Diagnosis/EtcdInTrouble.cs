using KubePivot.Commands;
using KubePivot.Diagnosis;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Waiting;

namespace Integration.Tests.Diagnosis;

/// <summary>Real etcds that are not well, logging as those of a cluster do. What they run in (data, mounts, network) goes with them.</summary>
internal sealed class EtcdInTrouble : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kubepivot-trouble-");
    private readonly List<ServerProcess> members = [];

    /// <summary>Free ports for members: client and peer of each.</summary>
    public (int Client, int Peer)[] Ports { get; } = [.. Enumerable.Range(0, 3).Select(_ => (ServerProcess.FreePort(), ServerProcess.FreePort()))];

    public IReadOnlyList<ServerProcess> Members => members;

    /// <summary>A folder for data that does not exist yet.</summary>
    public string DataOf(int member) => Path.Combine(folder.FullName, $"member{member}");

    /// <summary>Starts a member of a cluster of so many.</summary>
    /// <param name="prepare">A line of shell that runs before it, in mount and network namespaces of its own if it is given.</param>
    /// <param name="options">Further options of etcd.</param>
    public ServerProcess Start(int member = 0, int of = 1, string? prepare = null, IEnumerable<string>? peers = null, string scheme = "http", params string[] options)
    {
        var (client, peer) = ($"{scheme}://127.0.0.1:{Ports[member].Client}", $"http://127.0.0.1:{Ports[member].Peer}");
        var cluster = peers ?? Enumerable.Range(0, of).Select(other => $"member{other}=http://127.0.0.1:{Ports[other].Peer}");
        string[] arguments =
        [
            $"--name=member{member}", $"--data-dir={DataOf(member)}", "--unsafe-no-fsync", "--logger=zap", "--log-level=warn",
            $"--listen-client-urls={client}", $"--advertise-client-urls={client}", $"--listen-peer-urls={peer}", $"--initial-advertise-peer-urls={peer}",
            $"--initial-cluster={string.Join(',', cluster)}", .. options,
        ];
        var started = prepare == null
            ? new ServerProcess(LocalCommand.Find("etcd")!, arguments)
            : new ServerProcess(LocalCommand.Find("unshare")!, ["--mount", "--net", "sh", "-c", $"{prepare} && exec etcd \"$@\"", "sh", .. arguments]);
        members.Add(started);
        return started;
    }

    /// <summary>etcdctl against a member.</summary>
    public async Task<string> CtlAsync(int member, string scheme, params string[] arguments)
    {
        var result = await LocalCommand.RunAsync(
            "etcdctl",
            [$"--endpoints={scheme}://127.0.0.1:{Ports[member].Client}", "--command-timeout=5s", "--dial-timeout=3s", .. arguments],
            environment: new Dictionary<string, string?> { ["ETCDCTL_API"] = "3" },
            cancellationToken: TestContext.Current.CancellationToken);
        return result.StandardOutput + result.StandardError;
    }

    /// <summary>Waits until something holds for a server, be it that it has ended; fails with its log.</summary>
    public static Task UntilAsync(string description, ServerProcess server, Func<Task<bool>> holds) => new Wait(TimeProvider.System, _ => { }).UntilAsync(
        description,
        Bound,
        TimeSpan.FromMilliseconds(100),
        async _ => new Observation(await holds(), server.HasExited ? "it has ended" : "it runs"),
        _ => Task.FromResult(server.Log),
        TestContext.Current.CancellationToken);

    /// <summary>Waits until a server has ended of its own accord, and returns what it said.</summary>
    public static async Task<string> EndOfAsync(ServerProcess server)
    {
        await UntilAsync("the end of the server", server, () => Task.FromResult(server.HasExited && server.Log.Length > 0));
        return server.Log;
    }

    /// <summary>Waits until the log speaks for some cause.</summary>
    public static Task UntilItSpeaksAsync(ServerProcess server, Func<Task>? provoke = null) => UntilAsync("words that speak for a cause", server, async () =>
    {
        if (provoke != null)
        {
            await provoke();
        }

        return ProbableCause.Of(server.Log) != null;
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var member in members)
        {
            await member.DisposeAsync();
        }

        folder.Delete(recursive: true);
    }
}
