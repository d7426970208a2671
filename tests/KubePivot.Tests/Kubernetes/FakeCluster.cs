using System.Collections.Concurrent;
using KubePivot.Configuration;
using KubePivot.Files;
using KubePivot.Stages;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Kubernetes;

/// <summary>A checkout whose kubeconfig leads to a <see cref="FakeKubeApiServer"/>, and the context of stages that work on it.</summary>
internal sealed class FakeCluster : IStageReporter, IAsyncDisposable
{
    private readonly ConcurrentQueue<string> lines = new();

    public FakeCluster()
    {
        AtomicFile.WriteSecret(Paths.Kubeconfig, $$"""
            apiVersion: v1
            kind: Config
            clusters: [{ name: fake, cluster: { server: "{{Server.Address}}" } }]
            users: [{ name: fake, user: {} }]
            contexts: [{ name: fake, context: { cluster: fake, user: fake } }]
            current-context: fake

            """);
        AtomicFile.Write(Path.Combine(Paths.Assets, "manifests", "all.yaml"), """
            apiVersion: v1
            kind: Namespace
            metadata: { name: tds-cloud }
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: { name: kube-apiserver, namespace: kube-system }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: kube-scheduler, namespace: kube-system }

            """);
    }

    public FakeKubeApiServer Server { get; } = new();

    public ClusterPaths Paths { get; } = new(Directory.CreateTempSubdirectory("kubepivot-checkout-").FullName);

    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(20);

    public StageContext Context => new()
    {
        Cluster = Scenarios.ThreeAndOne(),
        Paths = Paths,
        Reporter = this,
        Clock = new FastClock(),
        Timeout = Timeout,
        CancellationToken = TestContext.Current.CancellationToken,
    };

    /// <summary>Lines for people, as they read on the screen.</summary>
    public IReadOnlyList<string> Lines => [.. lines.Where(line => !line.StartsWith("detail:", StringComparison.Ordinal))];

    /// <summary>Everything that a log would hold.</summary>
    public string Log => string.Join('\n', lines);

    /// <summary>Four nodes, the workloads complete, one pod of each.</summary>
    public void PutGoodCluster()
    {
        foreach (var node in Scenarios.ThreeAndOne().Nodes)
        {
            Server.Nodes.Put(Objects.Node(node.Name));
        }

        Server.DaemonSets.Put(Objects.DaemonSet("kube-apiserver", 3, 3, mastersOnly: true));
        Server.Deployments.Put(Objects.Deployment("kube-scheduler", 3, 3));
        Server.Pods.Put(Objects.Pod("kube-apiserver-abcde"));
        Server.Pods.Put(Objects.Pod("kube-scheduler-7c4fd-fghij"));
    }

    public void Info(string message, string? node = null) => lines.Enqueue($"{(node == null ? "" : $"{node}: ")}{message}");

    public void Warning(string message, string? node = null) => Info($"warning: {message}", node);

    public void Detail(string message, string? node = null) => lines.Enqueue($"detail:{message}");

    public IDisposable Step(string step, string? node = null) => new MemoryStream();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(Paths.Root, recursive: true);
    }
}
