using System.Net;
using k8s;
using k8s.Models;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Waiting;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// A static pod of the played kubelet. What the node program looks at is as a kubelet leaves it: the folder of its logs, a process in
/// its control group (below the root that the program is given), its mirror in the API. The API server's process is a real one.
/// </summary>
internal sealed class PlayedPod(string root, string component, k8s.Kubernetes client, PlayedPod.ApiServer? real) : IAsyncDisposable
{
    /// <summary>As the temporary API server's manifest has it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly string name = $"bootstrap-kube-{component}-node";
    private readonly string uid = $"{Array.IndexOf(TestAssets.Components, component)}0f1e2d3c4b5a69788796a5b4c3d2e1f";
    private ServerProcess? process;
    private Task mirror = Task.CompletedTask;

    /// <summary>Set when manifests came or went.</summary>
    public ChangeSignal Changed { get; } = new(TimeProvider.System);

    public bool IsRunning { get; private set; }

    private string ProcessFolder => Path.Combine(root, "proc", $"{100 + Array.IndexOf(TestAssets.Components, component)}");

    /// <summary>Runs the pod whenever its manifest is there.</summary>
    public async Task PlayAsync(string manifests, CancellationToken cancellationToken)
    {
        var manifest = Path.Combine(manifests, $"bootstrap-{component}.yaml");
        while (true)
        {
            await UntilAsync(() => File.Exists(manifest), cancellationToken);
            Start(cancellationToken);
            await UntilAsync(() => !File.Exists(manifest), cancellationToken);
            await EndAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await mirror.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (process != null)
        {
            await process.DisposeAsync();
        }
    }

    private async Task UntilAsync(Func<bool> holds, CancellationToken cancellationToken)
    {
        while (!holds())
        {
            await Changed.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);
        }
    }

    private void Start(CancellationToken cancellationToken)
    {
        var logs = Path.Combine(root, "var", "log", "pods", $"kube-system_{name}_{uid}", $"kube-{component}");
        Directory.CreateDirectory(logs);
        File.WriteAllText(Path.Combine(logs, "0.log"), $"{DateTime.UtcNow:O} stderr F starting\n");
        Directory.CreateDirectory(ProcessFolder);
        File.WriteAllText(Path.Combine(ProcessFolder, "cgroup"), $"4:memory:/kubepods/burstable/pod{uid}/abc\n");
        process = real?.Start();
        IsRunning = true;
        mirror = Then(() => PlayedControllers.RetryAsync(CreateMirrorAsync, cancellationToken, HttpStatusCode.Conflict));
    }

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        if (process != null)
        {
            await real!.Ends();
            await process.TerminateAsync(Grace);
            await process.DisposeAsync();
            process = null;
        }

        IsRunning = false;
        Directory.Delete(ProcessFolder, recursive: true);
        mirror = Then(() => PlayedControllers.RetryAsync(
            token => client.CoreV1.DeleteNamespacedPodAsync(name, "kube-system", gracePeriodSeconds: 0, cancellationToken: token), cancellationToken, HttpStatusCode.NotFound));
    }

    /// <summary>One after the other, without holding up the kubelet: there may be no API to tell.</summary>
    private async Task Then(Func<Task> act)
    {
        await mirror;
        await act();
    }

    private Task CreateMirrorAsync(CancellationToken cancellationToken) => client.CoreV1.CreateNamespacedPodAsync(
        new V1Pod
        {
            Metadata = new()
            {
                Name = name,
                Annotations = new Dictionary<string, string> { ["kubernetes.io/config.mirror"] = uid, ["kubernetes.io/config.hash"] = uid },
            },
            Spec = new() { NodeName = "node", HostNetwork = true, Containers = [new() { Name = component, Image = "test" }] },
        },
        "kube-system",
        cancellationToken: cancellationToken);

    /// <summary>How the temporary API server's process is started.</summary>
    /// <param name="Ends">Called before it is ended.</param>
    internal sealed record ApiServer(KubeApiServer Server, int Port, Func<Task> Ends)
    {
        /// <summary>As its manifest says: the Service kubernetes leads to the self-hosted ones only.</summary>
        public ServerProcess Start() => Server.StartAnother(Port, "--endpoint-reconciler-type=none");
    }
}
