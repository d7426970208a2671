using System.Text;
using k8s;
using k8s.Models;
using KubePivot.Commands;
using KubePivot.Files;
using KubePivot.Integration.Tests.Registries;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// A master whose pods are checkpointed. Real: API server, containerd and what it runs, the program, with a node's own rights. Played: the
/// kubelet, which has pods run and reports on them. The pod is called as an API server's, but its one container is Kubernetes' pause.
/// </summary>
internal sealed class CheckpointedNode : IAsyncDisposable
{
    private const string Pause = "kubepivot.local/pause:3.2";

    private static readonly Dictionary<string, string> Labels = new() { ["k8s-app"] = "kube-apiserver" };

    private static readonly Dictionary<string, string> Annotations = new()
    {
        ["checkpointer.alpha.coreos.com/checkpoint"] = "true",
        ["checkpointer.kubepivot.local/arguments"] = "--secure-port=6444",
    };

    private readonly KubeApiServer server;
    private readonly Containerd containerd;
    private readonly k8s.Kubernetes client;

    private CheckpointedNode(KubeApiServer server, Containerd containerd)
    {
        (this.server, this.containerd, client) = (server, containerd, server.Client());
        AtomicFile.WriteSecret(On("etc/kubernetes/kubeconfig"), File.ReadAllText(server.WriteKubeconfig("node", "system:node:master01", "system:nodes")));
        Directory.CreateDirectory(On("run/containerd"));
        File.CreateSymbolicLink(On("run/containerd/containerd.sock"), containerd.Socket);
    }

    /// <summary>Why there can be none here; null if there can.</summary>
    public static string? Unavailable => KubeApiServer.Unavailable ?? Containerd.Unavailable;

    /// <summary>Stands for <c>/</c>.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("kubepivot-node-").FullName;

    /// <summary>The copy where the kubelet would run it.</summary>
    public string Active => On("etc/kubernetes/manifests/kube-system_kube-apiserver.json");

    /// <summary>The copy where it would not.</summary>
    public string Inactive => On("etc/kubernetes/inactive-manifests/kube-system_kube-apiserver.json");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<CheckpointedNode> StartAsync()
    {
        var server = await KubeApiServer.StartAsync(Stop);
        var containerd = await Containerd.StartAsync(Pause, Stop);
        var node = new CheckpointedNode(server, containerd);
        await containerd.ImportAsync(Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(KubeApiServer.Binary("kubelet"))!)!, "images", "pause.tar"), Stop);
        await node.WriteSecretAsync("first");
        await node.client.CoreV1.CreateNamespacedServiceAccountAsync(new() { Metadata = new() { Name = "default" } }, "kube-system", cancellationToken: Stop);
        return node;
    }

    /// <summary>Starts the program, with patience and grace for tests.</summary>
    public Task<NodeProgram> CheckpointAsync() => NodeProgram.StartAsync(
        Stop, "checkpoint", $"--root={Root}", "--node-name=master01", "--patience=3s", "--grace=4s", $"--heartbeat={Path.Combine(Root, "alive")}");

    public async Task WriteSecretAsync(string content)
    {
        var secret = new V1Secret { Metadata = new() { Name = "keys" }, Data = new Dictionary<string, byte[]> { ["tls.key"] = Encoding.UTF8.GetBytes(content) } };
        await DeleteAsync(() => client.CoreV1.DeleteNamespacedSecretAsync("keys", "kube-system", cancellationToken: Stop));
        await client.CoreV1.CreateNamespacedSecretAsync(secret, "kube-system", cancellationToken: Stop);
    }

    /// <summary>A DaemonSet's pod is bound to this node.</summary>
    public async Task BindAsync(string name)
    {
        var pod = new V1Pod
        {
            Metadata = new()
            {
                Name = name,
                Labels = Labels,
                Annotations = Annotations,
                OwnerReferences = [new() { ApiVersion = "apps/v1", Kind = "DaemonSet", Name = "kube-apiserver", Uid = "1", Controller = true }],
            },
            Spec = new()
            {
                NodeName = "master01",
                HostNetwork = true,
                AutomountServiceAccountToken = false,
                Containers =
                [
                    new() { Name = "main", Image = Pause, Command = ["/pause", "--secure-port=6443"], VolumeMounts = [new() { Name = "keys", MountPath = "/keys" }] },
                ],
                Volumes = [new() { Name = "keys", Secret = new() { SecretName = "keys" } }],
            },
        };
        await client.CoreV1.CreateNamespacedPodAsync(pod, "kube-system", cancellationToken: Stop);
    }

    /// <summary>Its container runs.</summary>
    /// <returns>Ids of sandbox and container.</returns>
    public Task<(string Sandbox, string Container)> RunAsync(string name) =>
        containerd.RunPodAsync(name, Pause, Labels, new Dictionary<string, string>(Annotations) { ["kubernetes.io/config.source"] = "api" }, Stop);

    public Task EndAsync(string sandbox) => containerd.RemovePodAsync(sandbox, Stop);

    /// <summary>The kubelet reports that the pod is Ready, with this container.</summary>
    public async Task ReportReadyAsync(string name, string container)
    {
        var status = new V1PodStatus
        {
            Phase = "Running",
            HostIP = "192.0.2.1",
            PodIP = "192.0.2.1",
            Conditions = [new() { Type = "Ready", Status = "True" }],
            ContainerStatuses = [new() { Name = "main", ContainerID = $"containerd://{container}", Image = Pause, ImageID = "", Ready = true, RestartCount = 0 }],
        };
        await client.CoreV1.PatchNamespacedPodStatusAsync(new V1Patch(new V1Pod { Status = status }, V1Patch.PatchType.MergePatch), name, "kube-system", cancellationToken: Stop);
    }

    public Task DeletePodAsync(string name) => client.CoreV1.DeleteNamespacedPodAsync(name, "kube-system", gracePeriodSeconds: 0, cancellationToken: Stop);

    /// <summary>The API is away.</summary>
    public Task StopApiAsync() => server.StopAsync();

    public Task StartApiAsync() => server.RestartAsync(Stop);

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await containerd.DisposeAsync();
        await server.DisposeAsync();
        (await LocalCommand.RunAsync("rm", ["-rf", Root])).ThrowOnFailure("The node's folder could not be removed");
    }

    private static async Task DeleteAsync(Func<Task> delete)
    {
        try
        {
            await delete();
        }
        catch (k8s.Autorest.HttpOperationException exception) when (exception.Response.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            // The first time there is nothing to delete.
        }
    }

    private string On(string path) => Path.Combine(Root, path);
}
