using System.Net;
using k8s;
using k8s.Models;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Kubernetes;
using KubePivot.Waiting;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// Plays controllers and schedulers of both control planes: rolls out workloads as they come, and elects leaders. The self-hosted API
/// server is a real one, started for its DaemonSet, on the kubeconfig's way only when it answers.
/// </summary>
internal sealed class PlayedControlPlane : IAsyncDisposable
{
    /// <summary>The self-hosted leaders, on some other master.</summary>
    public const string Identity = "other_selfhosted";

    public static readonly string[] Electors = ["kube-controller-manager", "kube-scheduler"];

    private readonly KubeApiServer server;
    private readonly k8s.Kubernetes client;
    private readonly CancellationTokenSource stop = new();
    private readonly ChangeSignal changed = new(TimeProvider.System);
    private readonly ClusterView view;
    private readonly List<Task> playing;
    private ServerProcess? process;

    public PlayedControlPlane(KubeApiServer server, string kubeconfig, PlayedKubelet kubelet)
    {
        this.server = server;
        client = server.Client(kubeconfig);
        view = new ClusterView(client, TimeProvider.System, changed);
        var electors = Electors.SelectMany(name => new[]
        {
            new PlayedElector(client, name, $"{Dns.GetHostName()}_temporary", () => kubelet.Runs(name["kube-".Length..])),
            new PlayedElector(client, name, Identity, () => Deployments.Any(deployment => deployment.Metadata.Name == name)),
        });
        playing = [view.RunAsync(stop.Token), RollOutAsync(), .. electors.Select(elector => elector.PlayAsync(stop.Token))];
    }

    /// <summary>What went wrong with playing; null if nothing did.</summary>
    public Exception? Fault => playing.Select(task => task.Exception).FirstOrDefault(fault => fault != null);

    private IEnumerable<V1Deployment> Deployments => view.Deployments.Where(deployment => deployment.Metadata.NamespaceProperty == "kube-system");

    /// <summary>Starts the self-hosted API server if it does not run, and returns when it answers.</summary>
    public async Task RunServerAsync(CancellationToken cancellationToken)
    {
        if (process is not { HasExited: false })
        {
            await EndServerAsync();
            process = server.StartAnother(server.Port);
            await server.ReadyAsync(process, server.Port, cancellationToken);
        }
    }

    public Task KillServerAsync() => process?.KillAsync() ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(playing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await EndServerAsync();
        client.Dispose();
        stop.Dispose();
    }

    private ValueTask EndServerAsync() => process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task RollOutAsync()
    {
        while (true)
        {
            var servers = view.DaemonSets.FirstOrDefault(item => item.Metadata is { Name: "kube-apiserver", NamespaceProperty: "kube-system" });
            if (servers != null && servers.Metadata.Generation > (servers.Status.ObservedGeneration ?? 0))
            {
                await RunServerAsync(stop.Token);
                await PlayedControllers.CreateReadyServerPodAsync(client, stop.Token);
                await PlayedControllers.RollOutServersAsync(client, masters: 1, stop.Token);
            }

            foreach (var deployment in Deployments.Where(item => item.Metadata.Generation > (item.Status.ObservedGeneration ?? 0)))
            {
                await PlayedControllers.RollOutAsync(client, deployment.Metadata.Name, masters: 1, stop.Token);
            }

            await changed.WaitAsync(TimeSpan.FromMinutes(1), stop.Token);
        }
    }
}
