using System.Globalization;
using k8s;
using k8s.Models;
using KubePivot.Configuration;
using KubePivot.Kubernetes;
using KubePivot.Stages;

namespace KubePivot.Diagnosis;

/// <summary>Asks every API server for itself, and one of them for what it knows of nodes, pods and events. That none answers is a finding.</summary>
internal sealed class ApiDiagnosis(StageContext context, SupportBundle bundle)
{
    /// <summary>Bound of all answers of one server.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(12);

    private static readonly string[] Questions = ["/readyz?verbose", "/livez?verbose", "/version"];

    public async Task GatherAsync()
    {
        if (!File.Exists(context.Paths.Kubeconfig))
        {
            bundle.Add("api/none.txt", "There is no kubeconfig yet, for RenderAssets has not run: the API could not be asked.");
            return;
        }

        using var step = context.Reporter.Step("diagnose the API");
        var servers = context.Cluster.Masters.Select(master => (master.Name, Url: $"https://{master.Address}:{Cluster.ApiServerPort}"))
            .Append(("virtual-address", context.Cluster.ControlPlaneEndpoint)).ToList();
        var answers = await Task.WhenAll(servers.Select(server => AskAsync(server.Item1, server.Item2))).ConfigureAwait(false);
        var ready = servers.Zip(answers).Where(server => server.Second == null).ToList();
        if (ready.Count == 0)
        {
            bundle.Find(null, $"No API server is ready: {string.Join("; ", servers.Zip(answers).Select(server => $"{server.First.Item1}: {server.Second}"))}");
            return;
        }

        foreach (var (server, trouble) in servers.Zip(answers).Where(server => server.Second != null))
        {
            bundle.Find(server.Item1 == "virtual-address" ? null : server.Item1, $"{(server.Item1 == "virtual-address" ? $"The virtual address ({server.Item2})" : "has an API server that")} is not ready: {trouble}");
        }

        await ObjectsAsync(ready[0].First.Item2).ConfigureAwait(false);
    }

    /// <summary>Null if the server is ready; else what it says.</summary>
    private async Task<string?> AskAsync(string name, string url)
    {
        var said = new List<string>();
        string? trouble = null;
        foreach (var question in Questions)
        {
            var answer = await AnswerAsync(url, question).ConfigureAwait(false);
            said.Add($"# {url}{question}\n{answer.Text}\n");
            trouble ??= question == Questions[0] && !answer.Good ? answer.Text.Split('\n').FirstOrDefault(line => line.StartsWith("[-]", StringComparison.Ordinal)) ?? answer.Text.Split('\n')[0] : null;
            if (!answer.Reached)
            {
                break;
            }
        }

        bundle.Add($"api/{name}.txt", string.Join('\n', said), evidence: true);
        return trouble;
    }

    private async Task<(bool Reached, bool Good, string Text)> AnswerAsync(string url, string question)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        bound.CancelAfter(Bound / Questions.Length);
        try
        {
            using var api = ClusterApi.Open(context.Paths, url);
            using var response = await api.HttpClient.GetAsync(new Uri(new Uri(url), question), bound.Token).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(bound.Token).ConfigureAwait(false);
            return (true, response.IsSuccessStatusCode, response.IsSuccessStatusCode ? text : $"{(int)response.StatusCode} {text}");
        }
        catch (Exception exception) when ((ApiFailure.Is(exception) || exception is StageException) && !context.CancellationToken.IsCancellationRequested)
        {
            return (false, false, exception is StageException ? exception.Message : ApiFailure.Words(exception));
        }
    }

    private async Task ObjectsAsync(string url)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        bound.CancelAfter(Bound);
        try
        {
            using var api = ClusterApi.Open(context.Paths, url);
            var nodes = await api.CoreV1.ListNodeAsync(cancellationToken: bound.Token).ConfigureAwait(false);
            var pods = await api.CoreV1.ListPodForAllNamespacesAsync(cancellationToken: bound.Token).ConfigureAwait(false);
            var events = await api.CoreV1.ListEventForAllNamespacesAsync(limit: 3000, cancellationToken: bound.Token).ConfigureAwait(false);
            Nodes(nodes.Items);
            Pods(pods.Items);
            Events(events.Items);
            Judge(nodes.Items, pods.Items);
            var workloads = await WorkloadsAsync(api, bound.Token).ConfigureAwait(false);
            bundle.Add("api/workloads.txt", string.Join('\n', workloads));
        }
        catch (Exception exception) when (ApiFailure.Is(exception) && !context.CancellationToken.IsCancellationRequested)
        {
            bundle.Find(null, $"The API is ready, but did not answer all: {ApiFailure.Words(exception)}");
        }
    }

    private void Judge(IEnumerable<V1Node> nodes, IEnumerable<V1Pod> pods)
    {
        var found = ApiLook.Found(context.Cluster, "", nodes, pods, context.Clock.GetUtcNow());
        foreach (var node in found.Nodes.Where(node => node.Trouble != null))
        {
            bundle.Find(node.Name, $"is not Ready: {node.Trouble}");
        }

        foreach (var pod in found.PodsInTrouble)
        {
            bundle.Find(null, $"Pod {pod.Namespace}/{pod.Name} is {pod.Status}, {pod.Ready} ready, {pod.Restarts} restarts");
        }
    }

    private void Nodes(IEnumerable<V1Node> nodes)
    {
        foreach (var node in nodes)
        {
            node.Metadata.ManagedFields = null;
            bundle.Add($"api/nodes/{node.Metadata.Name}.yaml", KubernetesYaml.Serialize(node));
        }
    }

    /// <summary>The table, and each pod's status. What its containers are started with may hold anything, and is left out.</summary>
    private void Pods(IList<V1Pod> pods)
    {
        bundle.Add("api/pods.txt", string.Join('\n', PodTable.Lines(pods.Select(PodRow.Of), context.Clock.GetUtcNow())), evidence: true);
        foreach (var pod in pods)
        {
            var shown = new V1Pod
            {
                Metadata = new V1ObjectMeta { Name = pod.Metadata.Name, NamespaceProperty = pod.Metadata.NamespaceProperty, Uid = pod.Metadata.Uid, CreationTimestamp = pod.Metadata.CreationTimestamp, DeletionTimestamp = pod.Metadata.DeletionTimestamp, OwnerReferences = pod.Metadata.OwnerReferences },
                Spec = new V1PodSpec { NodeName = pod.Spec?.NodeName, Containers = [] },
                Status = pod.Status,
            };
            bundle.Add($"api/pods/{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}.yaml", KubernetesYaml.Serialize(shown));
            bundle.Happened(PodMoments(pod));
        }
    }

    private static IEnumerable<TimelineMoment> PodMoments(V1Pod pod)
    {
        var (where, name) = (pod.Spec?.NodeName ?? "no node", $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}");
        foreach (var container in (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []))
        {
            foreach (var ended in new[] { container.LastState?.Terminated, container.State?.Terminated }.OfType<V1ContainerStateTerminated>().Where(ended => ended.FinishedAt != null))
            {
                yield return new TimelineMoment(Utc(ended.FinishedAt!.Value), where, "kubelet", $"{container.Name} of {name} ended: {ended.Reason}, exit code {ended.ExitCode}");
            }

            if (container.State?.Running?.StartedAt is { } started)
            {
                yield return new TimelineMoment(Utc(started), where, "kubelet", $"{container.Name} of {name} started{(container.RestartCount > 0 ? $", restart {container.RestartCount}" : "")}");
            }
        }
    }

    private void Events(IList<Corev1Event> events)
    {
        var told = events.Select(found => (Time: Utc(found.LastTimestamp ?? found.EventTime ?? found.Metadata.CreationTimestamp ?? DateTime.UnixEpoch), Event: found)).OrderBy(found => found.Time).ToList();
        bundle.Add("api/events.txt", string.Join('\n', told.Select(found => $"{found.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture)}Z {found.Event.Type} {found.Event.Reason}{Count(found.Event)} {NameOf(found.Event)}: {found.Event.Message}")), evidence: true);
        bundle.Happened(told.Select(found => new TimelineMoment(found.Time, found.Event.Source?.Host ?? "cluster", "event", $"{found.Event.Reason}{Count(found.Event)} {NameOf(found.Event)}: {found.Event.Message?.Split('\n')[0]}")));

        static string Count(Corev1Event found) => found.Count > 1 ? $" ({found.Count} times)" : "";
        static string NameOf(Corev1Event found) => $"{found.InvolvedObject.Kind} {found.InvolvedObject.NamespaceProperty}/{found.InvolvedObject.Name}";
    }

    private static async Task<IReadOnlyList<string>> WorkloadsAsync(k8s.Kubernetes api, CancellationToken cancellationToken)
    {
        var daemons = await api.AppsV1.ListDaemonSetForAllNamespacesAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        var deployments = await api.AppsV1.ListDeploymentForAllNamespacesAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return
        [
            .. daemons.Items.Select(daemon => $"DaemonSet {daemon.Metadata.NamespaceProperty}/{daemon.Metadata.Name}: {daemon.Status?.NumberReady} of {daemon.Status?.DesiredNumberScheduled} ready, {daemon.Status?.UpdatedNumberScheduled} of the newest revision"),
            .. deployments.Items.Select(deployment => $"Deployment {deployment.Metadata.NamespaceProperty}/{deployment.Metadata.Name}: {deployment.Status?.ReadyReplicas ?? 0} of {deployment.Spec?.Replicas} ready, {deployment.Status?.UpdatedReplicas ?? 0} of the newest revision"),
        ];
    }

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
