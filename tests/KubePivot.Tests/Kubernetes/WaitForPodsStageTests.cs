using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using k8s.Models;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Kubernetes;
using KubePivot.Stages;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Kubernetes;

public sealed class WaitForPodsStageTests : IAsyncDisposable
{
    private static readonly Patience Short = new() { ImagePull = TimeSpan.FromSeconds(5), ImageNever = TimeSpan.FromSeconds(2), Scheduling = TimeSpan.FromSeconds(5) };

    private readonly FakeCluster cluster = new();

    [Fact]
    public async Task A_good_cluster_is_told_in_the_article_s_words()
    {
        cluster.PutGoodCluster();

        await RunAsync();

        Assert.Equal(
            [
                "master03: Kubernetes is starting. As a progress check, the list of running pods",
                "master03: will be printed when it changes.",
                "master03: Waiting ≤ 20 min for 4 nodes and all of the cluster's own pods.",
                "master03: NAME                         READY   STATUS    RESTARTS   AGE",
                "master03: kube-apiserver-abcde         1/1     Running   0          2m",
                "master03: kube-scheduler-7c4fd-fghij   1/1     Running   0          2m",
                "master03: All 4 nodes are Ready.",
                "master03: Kubernetes has started successfully!",
            ],
            cluster.Lines.Select(line => Regex.Replace(line, @"\b2m\d+s$", "2m")));
    }

    [Fact]
    public async Task The_article_s_note_is_printed_only_where_nodes_pull_images()
    {
        cluster.PutGoodCluster();

        await new WaitForPodsStage(cluster.Context, new KubernetesRelease("v1.33.1", KubernetesSource.Upstream)).RunAsync();

        Assert.Contains("master03: ~1GB of data will be downloaded.", cluster.Lines);
    }

    [Fact]
    public async Task A_cluster_that_comes_up_piece_by_piece_is_followed_to_its_end()
    {
        var run = RunAsync();
        await ShownAsync("No pods yet.");
        cluster.Server.Pods.Put(Objects.Waiting("kube-apiserver-abcde", "ContainerCreating"));
        await ShownAsync("kube-apiserver-abcde   0/1     ContainerCreating");
        cluster.Server.Nodes.Put(Objects.Node("master01"));
        await ShownAsync("1 of 4 nodes are Ready, not yet: master02 (not registered), master03 (not registered), worker01 (not registered)");

        Assert.False(run.IsCompleted);
        cluster.PutGoodCluster();

        await run;
        Assert.Equal("master03: Kubernetes has started successfully!", cluster.Lines[^1]);
    }

    [Fact]
    public async Task Nothing_is_printed_while_nothing_changes()
    {
        cluster.PutGoodCluster();
        cluster.Server.Pods.Put(Objects.Waiting("slow", "ContainerCreating"));
        cluster.Timeout = TimeSpan.FromSeconds(30);

        await Assert.ThrowsAsync<StageException>(RunAsync);

        Assert.Single(cluster.Lines, line => line.Contains("NAME", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Many_changes_at_once_are_one_table()
    {
        cluster.PutGoodCluster();
        cluster.Server.Pods.Put(Objects.Waiting("last", "ContainerCreating"));
        var run = RunAsync();
        await ShownAsync("last ");

        for (var restarts = 0; restarts < 200; restarts++)
        {
            cluster.Server.Pods.Put(Objects.Waiting("last", "Error", restarts));
        }

        cluster.Server.Pods.Put(Objects.Pod("last"));
        await run;
        Assert.InRange(cluster.Lines.Count(line => line.Contains("NAME", StringComparison.Ordinal)), 2, 100);
        Assert.Contains("Running", cluster.Lines.Last(line => line.Contains("last ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_API_that_hiccups_and_cuts_connections_does_not_end_the_wait()
    {
        cluster.Server.RefuseNext(HttpStatusCode.InternalServerError, "etcd is not there yet");
        cluster.Server.RefuseNext(HttpStatusCode.Forbidden, "roles are not there yet");
        var run = RunAsync();
        await ShownAsync("No pods yet.");

        cluster.Server.CutWatches();
        cluster.PutGoodCluster();

        await run;
        Assert.Contains("does not answer: ", cluster.Log);
    }

    [Fact]
    public async Task An_image_that_cannot_be_had_ends_the_wait_with_states_and_events()
    {
        cluster.PutGoodCluster();
        cluster.Server.Pods.Put(Objects.Waiting("kube-proxy-abcde", "ImagePullBackOff", message: "Back-off pulling image"));
        cluster.Server.Answers["GET /api/v1/namespaces/kube-system/events"] = request =>
        {
            Assert.Equal("involvedObject.uid=uid-of-kube-proxy-abcde", request.QueryString["fieldSelector"]);
            return (HttpStatusCode.OK, """{"kind":"EventList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"e"},"involvedObject":{},"type":"Warning","reason":"Failed","count":7,"message":"pull access denied"}]}""");
        };

        var failure = await Assert.ThrowsAsync<StageException>(RunAsync);

        Assert.Contains("kube-proxy-abcde: image kubepivot.local/main:1 cannot be had (ImagePullBackOff: Back-off pulling image)", failure.Message);
        Assert.Contains("Pod kube-system/kube-proxy-abcde on master01: ImagePullBackOff", failure.Message);
        Assert.Contains("event: Warning Failed (7 times): pull access denied", failure.Message);
        Assert.Contains("4 of 4 nodes Ready; 2 of 3 pods Running and Ready, not yet: kube-proxy-abcde", failure.Message);
        Assert.Contains($"kubectl --kubeconfig {cluster.Paths.Kubeconfig} get pods", failure.Message);
    }

    [Fact]
    public async Task A_crash_loop_ends_the_wait_with_the_log_of_before_the_last_restart()
    {
        cluster.PutGoodCluster();
        cluster.Server.Pods.Put(Objects.Pod("kube-proxy-abcde", change: pod => pod.Status.Conditions[0].Status = "False"));
        cluster.Server.Answers["GET /api/v1/namespaces/kube-system/pods/kube-proxy-abcde/log"] = request =>
        {
            Assert.Equal(("true", "main", "15"), (request.QueryString["previous"], request.QueryString["container"], request.QueryString["tailLines"]));
            return (HttpStatusCode.OK, "first words\nlast words\n");
        };
        var run = RunAsync();
        await ShownAsync("kube-proxy-abcde ");

        cluster.Server.Pods.Put(Objects.Waiting("kube-proxy-abcde", "CrashLoopBackOff", restarts: 5));

        var failure = await Assert.ThrowsAsync<StageException>(() => run);
        Assert.Contains("container main starts and ends again and again: 5 restarts, last exit code 255", failure.Message);
        Assert.Contains("log of main before its last restart:", failure.Message);
        Assert.Contains("last words", failure.Message);
        Assert.Contains("events cannot be had: 404", failure.Message);
    }

    [Fact]
    public async Task A_pod_that_no_node_can_take_ends_the_wait()
    {
        cluster.PutGoodCluster();
        cluster.Server.Pods.Put(Objects.Unschedulable("web"));

        var failure = await Assert.ThrowsAsync<StageException>(RunAsync);

        Assert.Contains("web: no node can take it: 0/4 nodes are available", failure.Message);
        Assert.Contains("on no node: Pending", failure.Message);
    }

    [Fact]
    public async Task Time_out_repeats_what_was_seen_last()
    {
        cluster.PutGoodCluster();
        cluster.Server.Nodes.Put(Objects.Node("worker01", ready: false));
        cluster.Timeout = TimeSpan.FromSeconds(20);

        var failure = await Assert.ThrowsAsync<StageException>(RunAsync);

        Assert.Contains("for every node Ready and every pod Running and Ready: not within 20 s.", failure.Message);
        Assert.Contains("Last seen: 3 of 4 nodes Ready, not yet: worker01 (cni plugin not initialized); 2 of 2 pods Running and Ready", failure.Message);
        Assert.DoesNotContain("successfully", cluster.Log);
    }

    [Fact]
    public async Task Pods_of_a_machine_that_was_lost_are_waited_for_although_the_API_still_calls_them_Ready()
    {
        cluster.PutGoodCluster();
        cluster.Server.Pods.Put(RunningAs("kube-proxy-abcde", "of-the-lost-machine"));
        var asked = new ConcurrentQueue<string>();
        var run = RunAsync(node =>
        {
            asked.Enqueue(node.Name);
            return Task.FromResult<IReadOnlySet<string>>(new HashSet<string> { "of-the-new-machine" });
        });
        await ToldAsync("2 of 3 pods Running and Ready, not yet: kube-proxy-abcde (does not run any more, which its kubelet has not said yet)");

        Assert.False(run.IsCompleted);
        cluster.Server.Pods.Put(RunningAs("kube-proxy-abcde", "of-the-new-machine"));

        await run;
        Assert.Equal(["master01"], asked.Distinct());
    }

    [Fact]
    public async Task A_node_that_does_not_say_what_runs_there_is_told_of_at_once_and_asked_again()
    {
        cluster.PutGoodCluster();
        cluster.Server.Pods.Put(RunningAs("kube-proxy-abcde", "c1"));
        var asked = 0;

        await RunAsync(_ => ++asked < 3 ? throw new StageException("master01: no SSH connection") : Task.FromResult<IReadOnlySet<string>>(new HashSet<string> { "c1" }));

        Assert.Equal(3, asked);
        Assert.Single(cluster.Lines, line => line == "all is good by what the API says, but a node does not say what runs there: master01: no SSH connection");
    }

    [Fact]
    public async Task An_API_that_never_answers_is_a_time_out_that_says_so()
    {
        cluster.Timeout = TimeSpan.FromSeconds(20);
        await cluster.Server.DisposeAsync();

        var failure = await Assert.ThrowsAsync<StageException>(RunAsync);

        Assert.Contains($"the API at {Scenarios.ThreeAndOne().ControlPlaneEndpoint} does not answer: Connection refused", failure.Message);
    }

    [Fact]
    public async Task Without_rendered_manifests_nothing_is_asked()
    {
        Directory.Delete(cluster.Paths.Assets, recursive: true);

        var failure = await Assert.ThrowsAsync<StageException>(RunAsync);

        Assert.Contains("Run ./build.sh RenderAssets.", failure.Message);
        Assert.Empty(cluster.Server.Requests);
    }

    [Fact]
    public async Task A_kubeconfig_that_is_none_is_named_without_its_content()
    {
        File.WriteAllText(cluster.Paths.Kubeconfig, "users: [{ name: x, user: { client-key-data: [c2VjcmV0 }]");

        var failure = await Assert.ThrowsAsync<StageException>(RunAsync);

        Assert.Contains(cluster.Paths.Kubeconfig, failure.Message);
        Assert.DoesNotContain("c2VjcmV0", failure.ToString());
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private Task RunAsync() => RunAsync(null);

    private Task RunAsync(Func<Node, Task<IReadOnlySet<string>>>? runningOn) =>
        new WaitForPodsStage(cluster.Context, Scenarios.Debian, patience: Short, runningOn: runningOn).RunAsync();

    private static V1Pod RunningAs(string pod, string container) =>
        Objects.Pod(pod, change: changed => changed.Status.ContainerStatuses[0].ContainerID = $"containerd://{container}");

    /// <summary>Until a line has been printed.</summary>
    private Task ShownAsync(string words) => ToldAsync(words, () => cluster.Lines);

    /// <summary>Until something was said, in the log at least.</summary>
    private Task ToldAsync(string words) => ToldAsync(words, () => [cluster.Log]);

    private async Task ToldAsync(string words, Func<IReadOnlyList<string>> lines)
    {
        var started = Stopwatch.GetTimestamp();
        while (!lines().Any(line => line.Contains(words, StringComparison.Ordinal)))
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20), $"'{words}' was not printed:\n{cluster.Log}");
            await Task.Yield();
        }
    }
}
