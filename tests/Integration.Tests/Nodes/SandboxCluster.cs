using System.Collections.Concurrent;
using System.Security.Cryptography;
using Integration.Tests.Ssh;
using KubePivot;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Nodes;
using KubePivot.Stages;

namespace Integration.Tests.Nodes;

/// <summary>A cluster whose nodes are folders: each is a real sshd, a root folder of its own and a <see cref="FakeSystemctl"/>.</summary>
public sealed class SandboxCluster : IAsyncDisposable, IStageReporter
{
    /// <summary>TCP port 1 (tcpmux, RFC 1078), which no service of today listens on.</summary>
    private const int NobodysPort = 1;

    private readonly DirectoryInfo checkout = Directory.CreateTempSubdirectory("kubepivot-sandbox-");
    private readonly HealthEndpoint health = new();
    private readonly Dictionary<string, RemoteSshd> servers = [];
    private TaskCompletionSource told = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SandboxCluster(params string[] names)
    {
        var file = Path.Combine(checkout.FullName, "cluster.yaml");
        File.WriteAllText(file, $"name: t\nmachines: {{ provider: lxc }}\nnodes:\n{string.Concat(names.Select(name => $"  - {{ name: {name}, role: {name[..^2]}{(name == "master01" ? ", bootstrap: true" : "")} }}\n"))}");
        Context = new StageContext
        {
            Cluster = new Cluster(ClusterFile.Load(file), file, MachineProvider.Lxc),
            Paths = new ClusterPaths(checkout.FullName),
            Reporter = this,
            Timeout = TimeSpan.FromSeconds(10),
            CancellationToken = TestContext.Current.CancellationToken,
            OtherLayouts = LayoutOf,
            OtherEndpoints = EndpointOf,
        };
    }

    public StageContext Context { get; init; }

    public ConcurrentQueue<string> Lines { get; } = [];

    public HealthEndpoint Health => health;

    /// <summary>Per node, a port in place of its sshd's: that of a disruptor.</summary>
    public Dictionary<string, int> Ports { get; } = [];

    /// <summary>Per master, a port in place of its etcd's client port, at which nobody is found as a rule.</summary>
    public Dictionary<string, int> EtcdClientPorts { get; } = [];

    public static async Task<SandboxCluster> StartAsync(params string[] names)
    {
        Assert.SkipWhen(RemoteSshd.SkipReason != null, RemoteSshd.SkipReason ?? "");
        var cluster = new SandboxCluster(names);
        foreach (var name in names)
        {
            Directory.CreateDirectory(cluster.Root(name));
            _ = cluster.Systemctl(name);
            cluster.servers[name] = await RemoteSshd.StartAsync($"SetEnv PATH={cluster.Root(name)}-bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin SHLVL=2");
        }

        return cluster;
    }

    public string Root(string node) => Path.Combine(checkout.FullName, "roots", node);

    public FakeSystemctl Systemctl(string node) => new(Root(node) + "-bin");

    public RemoteSshd Server(string node) => servers[node];

    public CopyAssetsStage Stage(KubePivot.Images.NodePayload? payload = null, MachineProvider provider = MachineProvider.Lxc, KubePivot.Preflight.NodePreflight? preflight = null) => new(
        Context with { Cluster = new Cluster(Context.Cluster.Spec, Path.Combine(checkout.FullName, "cluster.yaml"), provider) }, payload, preflight);

    public StartBootkubeStage BootkubeStage(TimeSpan? timeout = null) => new(Context with { Timeout = timeout ?? Context.Timeout });

    public NodeLayout LayoutOf(Node node) => new(Root(node.Name), health.Port, health.Port, EtcdClientPorts.GetValueOrDefault(node.Name, NobodysPort));

    public KubePivot.Ssh.SshEndpoint EndpointOf(Node node) =>
        servers[node.Name].EndpointAt(Ports.GetValueOrDefault(node.Name, servers[node.Name].Port)) with { Node = node.Name };

    /// <summary>Renders a node's tree as RenderAssets would.</summary>
    /// <param name="files">Path, content, mode, owner, units restarted.</param>
    public void Render(string node, IReadOnlyList<string> units, params (string Path, string Content, string Mode, string Owner, string[] Restarts)[] files)
    {
        var tree = Path.Combine(Context.Paths.Nodes, node);
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(tree + file.Path)!);
            File.WriteAllText(tree + file.Path, file.Content);
        }

        var manifest = new NodeTreeManifest(
            node,
            [.. files.OrderBy(file => file.Path, StringComparer.Ordinal).Select(file => new NodeFile(file.Path, file.Mode, file.Owner, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(tree + file.Path))), file.Restarts))],
            units);
        File.WriteAllText(NodeTreeManifest.PathOf(Context.Paths, node), manifest.ToJson());
    }

    public string Read(string node, string path) => File.ReadAllText(Root(node) + path);

    /// <summary>Ends when a line has been told.</summary>
    public async Task SeenAsync(string line)
    {
        while (told.Task is var next && !Lines.Contains(line))
        {
            await next.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }
    }

    public void Info(string message, string? node = null)
    {
        Lines.Enqueue(node == null ? message : $"{node}: {message}");
        Interlocked.Exchange(ref told, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public void Warning(string message, string? node = null) => Info(message, node);

    public void Detail(string message, string? node = null)
    {
    }

    public IDisposable Step(string step, string? node = null) => new MemoryStream();

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers.Values)
        {
            await server.DisposeAsync();
        }

        health.Dispose();
        checkout.Delete(recursive: true);
    }
}
