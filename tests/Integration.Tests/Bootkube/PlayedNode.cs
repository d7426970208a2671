using k8s;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// The bootstrap master. Real: etcd, both API servers, each on a port of its own, and the load balancer before them. Played: the
/// kubelet (<see cref="PlayedKubelet"/>) and the control plane's controllers and electors (<see cref="PlayedControlPlane"/>).
/// </summary>
public sealed class PlayedNode : IAsyncDisposable
{
    private readonly KubeApiServer server;
    private readonly LoadBalancer balancer;
    private readonly PlayedKubelet kubelet;
    private readonly PlayedControlPlane controlPlane;

    private PlayedNode(KubeApiServer server, LoadBalancer balancer, int temporaryPort)
    {
        this.server = server;
        this.balancer = balancer;
        Root = Directory.CreateTempSubdirectory("kubepivot-node-").FullName;
        Kubeconfig = server.WriteKubeconfig(balancer.Address);
        Assets = new TestAssets(server, Kubeconfig, temporaryPort);
        kubelet = new PlayedKubelet(Root, server, Kubeconfig, temporaryPort, TemporaryServerEndsAsync);
        controlPlane = new PlayedControlPlane(server, Kubeconfig, kubelet);
    }

    /// <summary>Stands for <c>/</c> of the node.</summary>
    public string Root { get; }

    /// <summary>Leads to the load balancer, as the administrator.</summary>
    public string Kubeconfig { get; }

    /// <summary>The load balancer's, as in <c>https://127.0.0.1:21234</c>.</summary>
    public string Address => balancer.Address;

    /// <summary>What the node program is given.</summary>
    public TestAssets Assets { get; }

    public string Manifests => kubelet.Manifests;

    public string Secrets => Path.Combine(Root, "etc", "kubernetes", "bootstrap-secrets");

    /// <summary>The self-hosted API server ends with the temporary one, until it is started again.</summary>
    public bool SelfHostedServerFails { get; set; }

    public TestPki Pki => server.Pki;

    /// <summary>Command line of <c>bootkube start</c> for this node.</summary>
    public string[] Start => ["start", $"--asset-dir={Assets.Folder}", $"--root={Root}", "--timeout=5m"];

    /// <summary>Makes a node on which nothing runs but etcd, load balancer and kubelet. Skips the test where that cannot be.</summary>
    /// <param name="kubeletHangs">The kubelet starts nothing until <see cref="LetKubeletGoOn"/>.</param>
    public static async Task<PlayedNode> CreateAsync(CancellationToken cancellationToken, bool kubeletHangs = false)
    {
        Assert.SkipWhen(LoadBalancer.Unavailable != null, LoadBalancer.Unavailable ?? "");
        var server = await KubeApiServer.PrepareAsync(cancellationToken);
        try
        {
            var temporaryPort = ServerProcess.FreePort();
            var node = new PlayedNode(server, await LoadBalancer.StartAsync(server.Port, temporaryPort, cancellationToken), temporaryPort);
            if (!kubeletHangs)
            {
                node.LetKubeletGoOn();
            }

            return node;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public void LetKubeletGoOn() => kubelet.GoOn();

    /// <summary>Starts the self-hosted API server again, as a kubelet does with a container that has ended.</summary>
    public Task RestartSelfHostedServerAsync(CancellationToken cancellationToken)
    {
        SelfHostedServerFails = false;
        return controlPlane.RunServerAsync(cancellationToken);
    }

    /// <summary>A client that goes through the load balancer.</summary>
    public k8s.Kubernetes Client() => server.Client(Kubeconfig);

    /// <summary>Fails with whatever has ended the playing.</summary>
    public void AssertPlays()
    {
        Assert.Null(kubelet.Fault);
        Assert.Null(controlPlane.Fault);
    }

    /// <summary>Asserts that nothing of the temporary control plane is left on the node or in the API, and that the self-hosted one leads.</summary>
    public async Task AssertPivotedAsync(CancellationToken cancellationToken)
    {
        AssertPlays();
        Assert.Empty(Directory.GetFileSystemEntries(Manifests));
        Assert.Equal(["manifests"], Directory.GetFileSystemEntries(Path.GetDirectoryName(Manifests)!).Select(Path.GetFileName));
        using var client = Client();
        var pods = await client.CoreV1.ListNamespacedPodAsync("kube-system", cancellationToken: cancellationToken);
        Assert.Equal(["kube-apiserver-1"], pods.Items.Select(pod => pod.Metadata.Name));
        foreach (var name in PlayedControlPlane.Electors)
        {
            var lease = await client.CoordinationV1.ReadNamespacedLeaseAsync(name, "kube-system", cancellationToken: cancellationToken);
            Assert.Equal(PlayedControlPlane.Identity, lease.Spec.HolderIdentity);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await controlPlane.DisposeAsync();
        await kubelet.DisposeAsync();
        await balancer.DisposeAsync();
        await server.DisposeAsync();
        Assets.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private Task TemporaryServerEndsAsync() => SelfHostedServerFails ? controlPlane.KillServerAsync() : Task.CompletedTask;
}
