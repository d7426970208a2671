using k8s.Models;
using KubePivot.Kubernetes;

namespace KubePivot.Tests.Kubernetes;

public sealed class PodJudgeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PodJudge judge = new(new Patience());

    [Fact]
    public void A_pod_that_runs_and_is_ready_is_good() => Assert.Equal(PodState.Good, At(0, Objects.Pod("a")).State);

    [Fact]
    public void A_pod_that_is_done_is_good() => Assert.Equal(PodState.Good, At(0, Objects.Pod("a", change: pod => pod.Status = new() { Phase = "Succeeded" })).State);

    [Fact]
    public void A_pod_that_runs_and_is_not_ready_is_not_good_yet()
    {
        var verdict = At(3600, Objects.Pod("a", change: pod => pod.Status.Conditions[0].Status = "False"));

        Assert.Equal((PodState.NotYet, "Running, not Ready"), (verdict.State, verdict.Reason));
    }

    [Fact]
    public void A_pod_whose_container_has_ended_is_not_good_until_the_API_names_another_one()
    {
        var (before, after) = (Of("containerd://5eed"), Of("containerd://f00d"));

        Assert.Equal((PodState.NotYet, "does not run any more, which its kubelet has not said yet"), (before.State, before.Reason));
        Assert.Equal(PodState.Good, after.State);

        PodVerdict Of(string container) =>
            judge.Judge(Objects.Pod("a", change: pod => pod.Status.ContainerStatuses[0].ContainerID = container), true, Start, new HashSet<string> { "5eed" });
    }

    [Fact]
    public void A_pod_on_its_way_out_does_not_count() =>
        Assert.Equal(PodState.Ignored, At(0, Objects.Pod("a", change: pod => pod.Metadata.DeletionTimestamp = DateTime.UtcNow)).State);

    [Fact]
    public void A_copy_that_pod_checkpointer_runs_is_not_waited_for() =>
        Assert.Equal(PodState.Ignored, At(0, Objects.Pod("kube-apiserver-x7k2p-master01", change: pod =>
        {
            pod.Metadata.Annotations = new Dictionary<string, string> { ["checkpointer.alpha.coreos.com/checkpoint-of"] = "kube-apiserver-x7k2p" };
            pod.Status.Conditions[0].Status = "False";
        })).State);

    [Theory]
    [InlineData("ReplicaSet", PodState.Ignored)]
    [InlineData("DaemonSet", PodState.Ignored)]
    [InlineData("Job", PodState.NotYet)]
    [InlineData("Node", PodState.NotYet)]
    [InlineData(null, PodState.Hopeless)]
    public void A_failed_pod_counts_unless_its_controller_replaces_it(string? owner, PodState expected)
    {
        var pod = Objects.Pod("a", change: pod =>
        {
            pod.Status = new() { Phase = "Failed", Reason = "Evicted" };
            pod.Metadata.OwnerReferences = owner == null ? null : [new() { Kind = owner, Controller = true }];
        });

        Assert.Equal(expected, At(0, pod).State);
    }

    [Theory]
    [InlineData("ErrImagePull", 89, 91)]
    [InlineData("ImagePullBackOff", 89, 91)]
    [InlineData("InvalidImageName", 9, 11)]
    [InlineData("ErrImageNeverPull", 9, 11)]
    [InlineData("CreateContainerConfigError", 119, 121)]
    public void A_trouble_is_hopeless_only_when_it_outlasts_its_bound(string reason, int before, int after)
    {
        var pod = Objects.Waiting("a", reason, message: "the node's words");

        Assert.Equal(PodState.NotYet, At(0, pod).State);
        Assert.Equal(PodState.NotYet, At(before, pod).State);
        var verdict = At(after, pod);
        Assert.Equal(PodState.Hopeless, verdict.State);
        Assert.Contains(reason, verdict.Reason);
        Assert.Contains("the node's words", verdict.Reason);
    }

    [Fact]
    public void A_pull_that_fails_and_waits_in_turns_is_one_trouble()
    {
        At(0, Objects.Waiting("a", "ErrImagePull"));
        At(40, Objects.Waiting("a", "ImagePullBackOff"));
        At(80, Objects.Waiting("a", "ErrImagePull"));

        Assert.Equal(PodState.Hopeless, At(91, Objects.Waiting("a", "ImagePullBackOff")).State);
    }

    [Fact]
    public void Why_a_pull_failed_is_remembered_while_the_kubelet_waits_for_the_next_try()
    {
        const string Words = """rpc error: code = Unknown desc = failed to pull and unpack image "registry.k8s.io/a:1": failed to resolve reference "registry.k8s.io/a:1": pulling from host mirror.example failed with status code [manifests 1]: 401 Unauthorized""";
        At(0, Objects.Waiting("a", "ErrImagePull", message: Words));
        var verdict = At(91, Objects.Waiting("a", "ImagePullBackOff", message: "Back-off pulling image"));

        Assert.StartsWith("image registry.k8s.io/a:1 cannot be had: mirror.example refuses the account", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trouble_that_passed_is_forgotten()
    {
        At(0, Objects.Waiting("a", "ErrImagePull"));
        At(50, Objects.Pod("a"));
        At(60, Objects.Waiting("a", "ErrImagePull"));

        Assert.Equal(PodState.NotYet, At(120, Objects.Waiting("a", "ErrImagePull")).State);
    }

    [Fact]
    public void Restarts_during_a_pivot_are_forgiven()
    {
        At(0, Objects.Pod("a"));

        Assert.Equal(PodState.NotYet, At(10, Objects.Waiting("a", "CrashLoopBackOff", restarts: 1)).State);
        Assert.Equal(PodState.NotYet, At(30, Objects.Waiting("a", "CrashLoopBackOff", restarts: 2)).State);
        Assert.Equal(PodState.Good, At(60, Objects.Pod("a", change: pod => pod.Status.ContainerStatuses[0].RestartCount = 2)).State);
    }

    [Fact]
    public void A_container_that_ends_again_and_again_is_hopeless()
    {
        At(0, Objects.Pod("a"));
        At(100, Objects.Waiting("a", "CrashLoopBackOff", restarts: 4));

        var verdict = At(180, Objects.Waiting("a", "CrashLoopBackOff", restarts: 5));

        Assert.Equal(PodState.Hopeless, verdict.State);
        Assert.Contains("5 restarts, last exit code 255", verdict.Reason);
    }

    [Fact]
    public void Restarts_of_the_past_do_not_count_against_a_container_that_comes_back()
    {
        Assert.Equal(PodState.NotYet, At(0, Objects.Waiting("a", "CrashLoopBackOff", restarts: 40)).State);
        Assert.Equal(PodState.NotYet, At(120, Objects.Waiting("a", "CrashLoopBackOff", restarts: 41)).State);

        Assert.Equal(PodState.Good, At(130, Objects.Pod("a", change: pod => pod.Status.ContainerStatuses[0].RestartCount = 41)).State);
    }

    [Fact]
    public void A_crash_loop_of_before_that_does_not_end_is_hopeless()
    {
        At(0, Objects.Waiting("a", "CrashLoopBackOff", restarts: 40));

        Assert.Equal(PodState.Hopeless, At(301, Objects.Waiting("a", "CrashLoopBackOff", restarts: 41)).State);
    }

    [Fact]
    public void Being_unschedulable_counts_only_while_all_nodes_are_ready()
    {
        var pod = Objects.Unschedulable("a");
        judge.Judge(pod, nodesReady: false, Start);
        Assert.Equal(PodState.NotYet, judge.Judge(pod, nodesReady: false, Start.AddHours(1)).State);

        Assert.Equal(PodState.NotYet, judge.Judge(pod, nodesReady: true, Start.AddHours(1)).State);
        var verdict = judge.Judge(pod, nodesReady: true, Start.AddHours(1).AddSeconds(121));

        Assert.Equal(PodState.Hopeless, verdict.State);
        Assert.Contains("0/4 nodes are available", verdict.Reason);
    }

    [Fact]
    public void A_new_pod_of_the_same_name_is_another_pod()
    {
        At(0, Objects.Waiting("a", "ErrImagePull"));
        var other = Objects.Waiting("a", "ErrImagePull");
        other.Metadata.Uid = "another";
        judge.Keep([other]);

        Assert.Equal(PodState.NotYet, At(91, other).State);
    }

    private PodVerdict At(int second, V1Pod pod) => judge.Judge(pod, nodesReady: true, Start.AddSeconds(second));
}
