using KubePivot.Integration.Tests.Servers;
using KubePivot.Waiting;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>Plays a kubelet: runs each static pod while its manifest lies in the folder that it watches.</summary>
internal sealed class PlayedKubelet : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource works = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly k8s.Kubernetes client;
    private readonly FileSystemWatcher watcher;
    private readonly Dictionary<string, PlayedPod> pods;
    private readonly List<Task> playing;

    /// <param name="root">Stands for <c>/</c>.</param>
    /// <param name="kubeconfig">Leads to the load balancer.</param>
    /// <param name="serverEnds">Called before the temporary API server is ended.</param>
    public PlayedKubelet(string root, KubeApiServer server, string kubeconfig, int temporaryPort, Func<Task> serverEnds)
    {
        Manifests = Path.Combine(root, "etc", "kubernetes", "manifests");
        Directory.CreateDirectory(Manifests);
        client = server.Client(kubeconfig);
        pods = TestAssets.Components.ToDictionary(
            component => component,
            component => new PlayedPod(root, component, client, component == "apiserver" ? new PlayedPod.ApiServer(server, temporaryPort, serverEnds) : null));
        watcher = new FileSystemWatcher(Manifests);
        watcher.Created += (_, _) => Look();
        watcher.Renamed += (_, _) => Look();
        watcher.Deleted += (_, _) => Look();
        watcher.EnableRaisingEvents = true;
        playing = [.. pods.Values.Select(PlayAsync)];
    }

    /// <summary>The folder of static pods.</summary>
    public string Manifests { get; }

    /// <summary>What went wrong with playing; null if nothing did.</summary>
    public Exception? Fault => playing.Select(task => task.Exception).FirstOrDefault(fault => fault != null);

    public void GoOn() => works.TrySetResult();

    /// <summary>Whether the static pod of this component of the control plane runs.</summary>
    public bool Runs(string component) => pods[component].IsRunning;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(playing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        watcher.Dispose();
        foreach (var pod in pods.Values)
        {
            await pod.DisposeAsync();
        }

        client.Dispose();
        stop.Dispose();
    }

    private void Look()
    {
        foreach (var pod in pods.Values)
        {
            pod.Changed.Set();
        }
    }

    private async Task PlayAsync(PlayedPod pod)
    {
        await works.Task.WaitAsync(stop.Token);
        await pod.PlayAsync(Manifests, stop.Token);
    }
}
