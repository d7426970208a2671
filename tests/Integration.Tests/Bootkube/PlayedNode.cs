using System.Net;
using k8s;
using k8s.Models;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// Plays the kubelet of the one master, the controllers, and the electors of both control planes. The API servers are real: the
/// temporary one runs while its manifest lies in the kubelet's folder, the self-hosted one, on the same port, once its DaemonSet exists.
/// Processes of pods are seen as files below <see cref="Root"/>, as the program is told to look there.
/// </summary>
public sealed class PlayedNode : IAsyncDisposable
{
    private static readonly string[] Components = ["apiserver", "controller-manager", "scheduler"];

    private readonly KubeApiServer server;
    private readonly k8s.Kubernetes client;
    private readonly CancellationTokenSource stop = new();
    private readonly HashSet<string> running = [];
    private readonly Task playing;
    private ServerProcess? selfHosted;

    /// <param name="startsServers">False: the kubelet hangs until <see cref="GoOn"/> is set.</param>
    public PlayedNode(KubeApiServer server, bool startsServers = true)
    {
        this.server = server;
        client = server.Client();
        GoOn = startsServers;
        Root = Directory.CreateTempSubdirectory("kubepivot-node-").FullName;
        Directory.CreateDirectory(Manifests);
        playing = Task.Run(PlayAsync);
    }

    public bool GoOn { get; set; }

    /// <summary>The self-hosted API server ends with the temporary one.</summary>
    public bool SelfHostedServerFails { get; set; }

    /// <summary>Stands for <c>/</c> of the node.</summary>
    public string Root { get; }

    public string Manifests => Path.Combine(Root, "etc", "kubernetes", "manifests");

    public string Secrets => Path.Combine(Root, "etc", "kubernetes", "bootstrap-secrets");

    /// <summary>What went wrong with playing; null if nothing did.</summary>
    public Exception? Fault => playing.Exception;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await playing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (selfHosted != null)
        {
            await selfHosted.DisposeAsync();
        }

        client.Dispose();
        stop.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private async Task PlayAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (var component in GoOn ? Components : [])
            {
                var wanted = File.Exists(Path.Combine(Manifests, $"bootstrap-{component}.yaml"));
                if (wanted && running.Add(component))
                {
                    await StartPodAsync(component);
                }
                else if (!wanted && running.Remove(component))
                {
                    await EndPodAsync(component);
                }
            }

            if (running.Contains("apiserver") || selfHosted != null)
            {
                await PlayControlPlaneAsync();
            }

            await Task.Delay(50);
        }
    }

    private async Task StartPodAsync(string component)
    {
        if (component == "apiserver")
        {
            await server.RestartAsync(stop.Token);
        }

        var process = Path.Combine(Root, "proc", $"{100 + Array.IndexOf(Components, component)}");
        Directory.CreateDirectory(process);
        File.WriteAllText(Path.Combine(process, "cgroup"), $"4:memory:/kubepods/burstable/pod{Uid(component)}/abc\n");
        var pod = new V1Pod
        {
            Metadata = new()
            {
                Name = $"bootstrap-kube-{component}-node",
                NamespaceProperty = "kube-system",
                Annotations = new Dictionary<string, string> { ["kubernetes.io/config.mirror"] = Uid(component), ["kubernetes.io/config.hash"] = Uid(component) },
            },
            Spec = new() { NodeName = "node", HostNetwork = true, Containers = [new() { Name = component, Image = "test" }] },
        };
        await PlayedControllers.RetryAsync(async () =>
        {
            var pods = await client.CoreV1.ListNamespacedPodAsync("kube-system");
            if (pods.Items.All(other => other.Metadata.Name != pod.Metadata.Name))
            {
                await client.CoreV1.CreateNamespacedPodAsync(pod, "kube-system");
            }
        });
    }

    private async Task EndPodAsync(string component)
    {
        if (component == "apiserver")
        {
            if (SelfHostedServerFails)
            {
                await selfHosted!.KillAsync();
            }

            await server.TerminateAsync();
        }

        Directory.Delete(Path.Combine(Root, "proc", $"{100 + Array.IndexOf(Components, component)}"), recursive: true);
        if (component != "apiserver" || !SelfHostedServerFails)
        {
            await PlayedControllers.RetryAsync(() => client.CoreV1.DeleteNamespacedPodAsync($"bootstrap-kube-{component}-node", "kube-system", gracePeriodSeconds: 0));
        }
    }

    private async Task PlayControlPlaneAsync()
    {
        try
        {
            await ElectAsync("kube-controller-manager", running.Contains("controller-manager"));
            await ElectAsync("kube-scheduler", running.Contains("scheduler"));
            var daemons = await client.AppsV1.ListNamespacedDaemonSetAsync("kube-system");
            var deployments = await client.AppsV1.ListNamespacedDeploymentAsync("kube-system");
            if (daemons.Items.Count == 1 && deployments.Items.Count == 2)
            {
                await HostAsync();
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or k8s.Autorest.HttpOperationException or IOException)
        {
            // As controllers do: again, a moment later.
        }
    }

    /// <summary>The self-hosted control plane: its pod is Ready at once, as a probe that the temporary server answers would have it.</summary>
    private async Task HostAsync()
    {
        selfHosted ??= server.StartTwin();
        var pod = await PlayedControllers.CreatePodAsync(client, "kube-apiserver", "kube-apiserver-1", "DaemonSet", stop.Token);
        if (pod.Status.HostIP == null)
        {
            pod.Status = new()
            {
                HostIP = "127.0.0.1",
                Conditions = [new() { Type = "Ready", Status = "True" }],
                ContainerStatuses = [PlayedControllers.Container("kube-apiserver", new() { Running = new() }, ready: true)],
            };
            await client.CoreV1.ReplaceNamespacedPodStatusAsync(pod, "kube-apiserver-1", "kube-system");
            await PlayedControllers.RollOutAsync(client, masters: 1, stop.Token);
        }
    }

    /// <summary>Whoever leads renews; the self-hosted elector takes what nobody holds.</summary>
    private async Task ElectAsync(string name, bool temporaryRuns)
    {
        var temporary = $"{Dns.GetHostName()}_temporary";
        var lease = (await client.CoordinationV1.ListNamespacedLeaseAsync("kube-system")).Items.FirstOrDefault(item => item.Metadata.Name == name);
        if (lease == null)
        {
            lease = new() { Metadata = new() { Name = name }, Spec = new() { HolderIdentity = temporary, AcquireTime = DateTime.UtcNow, RenewTime = DateTime.UtcNow, LeaseDurationSeconds = 15 } };
            await client.CoordinationV1.CreateNamespacedLeaseAsync(lease, "kube-system");
            return;
        }

        if (lease.Spec.HolderIdentity == temporary && !temporaryRuns)
        {
            return;
        }

        if (lease.Spec.HolderIdentity is null or "")
        {
            (lease.Spec.HolderIdentity, lease.Spec.AcquireTime) = ("other_selfhosted", DateTime.UtcNow);
        }

        lease.Spec.RenewTime = DateTime.UtcNow;
        await client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, name, "kube-system");
    }

    private static string Uid(string component) => $"{Array.IndexOf(Components, component)}0f1e2d3c4b5a69788796a5b4c3d2e1f";
}
