using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Integration.Tests.Bootkube;
using KubePivot.Integration.Tests.Registries.Cri;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Pki;
using KubePivot.Waiting;

namespace KubePivot.Integration.Tests.Registries;

/// <summary>A real containerd with the configuration that a node of a cluster gets, in a folder of its own, asked as the kubelet asks it.</summary>
internal sealed class Containerd : IAsyncDisposable
{
    private readonly ServerProcess process;
    private readonly string folder;
    private readonly GrpcChannel channel;
    private readonly HashSet<string> sandboxes = [];

    private Containerd(ServerProcess process, string folder)
    {
        (this.process, this.folder) = (process, folder);
        channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectCallback = async (_, token) => await ConnectAsync(Socket, token),
            },
        });
    }

    /// <summary>Why tests that need containerd cannot run here; null if they can.</summary>
    public static string? Unavailable => LocalCommand.Find("containerd") == null ? "There is no containerd on the PATH (Debian: apt-get install containerd)."
        : Environment.IsPrivilegedProcess ? null : "containerd mounts file systems, which needs root.";

    /// <summary>All that it has logged so far: it may have answered before what it says of it is read here.</summary>
    public string Log => process.Log;

    /// <summary>The first line of its log that is as it is expected to be, once it is there.</summary>
    public async Task<string> LogLineAsync(string description, Func<string, bool> isExpected, CancellationToken cancellationToken)
    {
        string? found = null;
        await new Wait(TimeProvider.System, _ => { }).UntilAsync(
            description,
            TimeSpan.FromSeconds(10),
            TimeSpan.FromMilliseconds(20),
            _ => Task.FromResult(new Observation((found = Log.Split('\n').FirstOrDefault(isExpected)) != null, Log)),
            cancellationToken: cancellationToken);
        return found!;
    }

    /// <summary>Path of the socket that it listens on.</summary>
    public string Socket => Path.Combine(folder, "containerd.sock");

    /// <summary>Starts it, as a node of a cluster with these registries has it.</summary>
    public static Task<Containerd> StartAsync(RegistriesSpec registries, RegistryFiles files, CancellationToken cancellationToken) =>
        StartAsync(registries, files, "registry.k8s.io/pause:9.9", cancellationToken);

    private static async Task<Containerd> StartAsync(RegistriesSpec registries, RegistryFiles files, string pause, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("kubepivot-containerd-").FullName;
        WriteConfiguration(registries, files, pause, folder);
        var server = new Containerd(new ServerProcess(LocalCommand.Find("containerd")!, ["--config", Path.Combine(folder, "config.toml")]), folder);
        try
        {
            await server.process.ReadyAsync("containerd", server.WhatIsMissingAsync, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Pulls an image.</summary>
    /// <returns>Null, or the words of the failure.</returns>
    public async Task<string?> PullAsync(string image, CancellationToken cancellationToken)
    {
        try
        {
            await new ImageService.ImageServiceClient(channel).PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = image } }, cancellationToken: cancellationToken);
            return null;
        }
        catch (RpcException exception)
        {
            return exception.Status.Detail;
        }
    }

    /// <summary>Tries to make the sandbox of a pod on the host's network, as those of the control plane are; it needs an image of its own.</summary>
    /// <returns>The words of the failure, or null.</returns>
    public async Task<string?> RunSandboxAsync(CancellationToken cancellationToken)
    {
        try
        {
            var config = new PodSandboxConfig
            {
                Metadata = new PodSandboxMetadata { Name = "test", Uid = "1", Namespace = "kube-system" },
                Linux = new() { SecurityContext = new() { NamespaceOptions = new() { Network = NamespaceMode.Node } } },
            };
            await new RuntimeService.RuntimeServiceClient(channel).RunPodSandboxAsync(new RunPodSandboxRequest { Config = config }, cancellationToken: cancellationToken);
            return null;
        }
        catch (RpcException exception)
        {
            return exception.Status.Detail;
        }
    }

    /// <summary>Takes in the images of an archive.</summary>
    public async Task ImportAsync(string archive, CancellationToken cancellationToken) =>
        (await LocalCommand.RunAsync("ctr", ["--address", Socket, "--namespace", "k8s.io", "images", "import", archive], cancellationToken: cancellationToken)).ThrowOnFailure("The image could not be imported");

    /// <summary>Runs a pod of one container on the host's network, as the kubelet has it done.</summary>
    /// <param name="annotations">The pod's, and the kubelet's.</param>
    /// <returns>Ids of sandbox and container.</returns>
    public async Task<(string Sandbox, string Container)> RunPodAsync(
        string name, string image, IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> annotations, CancellationToken cancellationToken)
    {
        var runtime = new RuntimeService.RuntimeServiceClient(channel);
        var onHost = new NamespaceOption { Network = NamespaceMode.Node };
        var config = new PodSandboxConfig
        {
            Metadata = new() { Name = name, Uid = Guid.NewGuid().ToString(), Namespace = "kube-system" },
            Labels = { labels.ToDictionary() },
            Annotations = { annotations.ToDictionary() },
            Linux = new() { SecurityContext = new() { NamespaceOptions = onHost } },
        };
        var sandbox = (await runtime.RunPodSandboxAsync(new() { Config = config }, cancellationToken: cancellationToken)).PodSandboxId;
        sandboxes.Add(sandbox);
        var container = (await runtime.CreateContainerAsync(
            new()
            {
                PodSandboxId = sandbox,
                SandboxConfig = config,
                Config = new() { Metadata = new() { Name = "main" }, Image = new() { Image = image }, Linux = new() { SecurityContext = new() { NamespaceOptions = onHost } } },
            },
            cancellationToken: cancellationToken)).ContainerId;
        await runtime.StartContainerAsync(new() { ContainerId = container }, cancellationToken: cancellationToken);
        return (sandbox, container);
    }

    /// <summary>Ends a pod and removes it.</summary>
    public async Task RemovePodAsync(string sandbox, CancellationToken cancellationToken)
    {
        var runtime = new RuntimeService.RuntimeServiceClient(channel);
        await runtime.StopPodSandboxAsync(new() { PodSandboxId = sandbox }, cancellationToken: cancellationToken);
        await runtime.RemovePodSandboxAsync(new() { PodSandboxId = sandbox }, cancellationToken: cancellationToken);
        sandboxes.Remove(sandbox);
    }

    /// <summary>Starts it as a node of a cluster has it, with an image for sandboxes that is there already.</summary>
    /// <param name="pause">Full name of that image.</param>
    public static Task<Containerd> StartAsync(string pause, CancellationToken cancellationToken) =>
        StartAsync(new RegistriesSpec(), new RegistryFiles(new Dictionary<string, string>(), new Dictionary<string, string>()), pause, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // What it runs would outlive it.
        foreach (var sandbox in sandboxes.ToList())
        {
            await RemovePodAsync(sandbox, CancellationToken.None);
        }

        channel.Dispose();

        // Asked, it takes its mounts away.
        await process.TerminateAsync(TimeSpan.FromSeconds(10));
        await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The rendered files with this folder in place of the node's /etc/containerd, and a place for what containerd stores.</summary>
    private static void WriteConfiguration(RegistriesSpec registries, RegistryFiles files, string pause, string folder)
    {
        var spec = ClusterFile.Parse("nodes: [{ name: master01, role: master }]\naddons: []\nnetwork: { cni: bridge }\nkubernetes: { source: debian }\n", "cluster.yaml") with { Registries = registries };
        var cluster = new Cluster(spec, "/clusters/cluster.yaml", MachineProvider.Lxc);
        var release = new KubernetesRelease("v1.20.2", KubernetesSource.Debian) { Overrides = new Dictionary<string, string> { ["pause"] = pause } };
        var pki = new PkiTexts(name => $"certificate of {name}\n", name => $"certificate of {name}\n", name => $"not a key: {name}\n", name => $"public half of {name}\n", EncryptionKeys.ForNewCluster());
        var paths = new ClusterPaths(NodeProgram.Checkout);
        var rendered = RenderedCluster.Render(paths, ReleaseCatalogue.Load(paths), cluster, release, pki, files).Nodes["master01"];
        foreach (var file in rendered.Where(file => file.Path.StartsWith("etc/containerd/", StringComparison.Ordinal)))
        {
            var path = Path.Combine(folder, file.Path["etc/containerd/".Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file.Content.Replace("/etc/containerd", folder, StringComparison.Ordinal));
        }

        var config = Path.Combine(folder, "config.toml");
        File.WriteAllText(config, File.ReadAllText(config).Replace("version = 2\n", $"version = 2\nroot = \"{folder}/root\"\nstate = \"{folder}/state\"\n", StringComparison.Ordinal)
            + $"\n[grpc]\n  address = \"{folder}/containerd.sock\"\n");
    }

    private async Task<string?> WhatIsMissingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await ConnectAsync(Socket, cancellationToken);
            return Log.Contains("successfully booted", StringComparison.Ordinal) ? null : "not booted yet";
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
    }

    private static async Task<NetworkStream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
