using k8s.Models;
using KubePivot.Kubernetes;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Kubernetes;

public sealed class ClusterJudgeTests
{
    private static readonly ExpectedObjects Expected = new(
        new HashSet<string> { "kube-system", "tds-cloud" },
        [new("DaemonSet", "kube-system", "kube-apiserver"), new("Deployment", "kube-system", "kube-scheduler")]);

    private readonly ClusterJudge judge = new(Scenarios.ThreeAndOne(), Expected, new Patience());

    private static List<V1Node> AllNodes => [.. Scenarios.ThreeAndOne().Nodes.Select(node => Objects.Node(node.Name))];

    [Fact]
    public void A_cluster_without_pods_is_not_good()
    {
        var verdict = Judge(AllNodes, [], [], []);

        Assert.False(verdict.IsGood);
        Assert.Equal(["DaemonSet kube-system/kube-apiserver (not created)", "Deployment kube-system/kube-scheduler (not created)"], verdict.WorkloadsMissing);
    }

    [Fact]
    public void All_nodes_all_workloads_and_all_pods_make_it_good() =>
        Assert.True(Judge(AllNodes, [Objects.Pod("a")], [Objects.DaemonSet("kube-apiserver", 3, 3, mastersOnly: true)], [Objects.Deployment("kube-scheduler", 3, 3)]).IsGood);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_lost_with_a_node_that_has_left_the_cluster_file_is_not_waited_for(bool isDeleted)
    {
        var lost = Objects.Waiting("kube-proxy-of-the-past", "ContainerCreating");
        lost.Spec.NodeName = "worker02";
        lost.Metadata.OwnerReferences = [new() { Kind = "DaemonSet", Name = "kube-apiserver", Controller = true }];
        var nodes = isDeleted ? AllNodes : [.. AllNodes, Objects.Node("worker02", ready: false)];
        var set = Objects.DaemonSet("kube-apiserver", nodes.Count, 4);
        Assert.True(Judge(nodes, [Objects.Pod("a"), lost], [set], [Objects.Deployment("kube-scheduler", 3, 3)]).IsGood);
    }

    [Fact]
    public void A_lost_worker_is_no_excuse_for_what_masters_lack() => Assert.Equal(
        ["DaemonSet kube-system/kube-apiserver (2 of 3 ready)"],
        Judge([.. AllNodes, Objects.Node("worker02", ready: false)], [], [Objects.DaemonSet("kube-apiserver", 3, 2, mastersOnly: true)], [Objects.Deployment("kube-scheduler", 3, 3)]).WorkloadsMissing);

    [Fact]
    public void A_node_that_has_left_the_cluster_file_and_runs_has_its_pods_like_any_other() => Assert.Equal(
        ["DaemonSet kube-system/kube-apiserver (4 of 5 ready)"],
        Judge([.. AllNodes, Objects.Node("worker02")], [], [Objects.DaemonSet("kube-apiserver", 5, 4)], [Objects.Deployment("kube-scheduler", 3, 3)]).WorkloadsMissing);

    [Fact]
    public void A_node_that_is_missing_or_not_ready_is_named_with_the_reason()
    {
        var verdict = Judge([Objects.Node("master01"), Objects.Node("master02", ready: false), Objects.Node("worker01")], [], [], []);

        Assert.Equal(["master02 (cni plugin not initialized)", "master03 (not registered)"], verdict.NodesMissing);
        Assert.StartsWith("2 of 4 nodes Ready, not yet: master02 (cni plugin not initialized), master03 (not registered); ", verdict.Words());
    }

    [Theory]
    [InlineData(3, 2, "2 of 3 ready")]
    [InlineData(2, 2, "2 of 3 ready")] // Its controller has not looked since the third master came.
    [InlineData(0, 0, "0 of 3 ready")]
    public void A_daemon_set_needs_a_pod_on_each_node_that_it_selects(int desired, int ready, string expected) =>
        Assert.Contains($"({expected})", WithDaemonSet(Objects.DaemonSet("kube-apiserver", desired, ready, mastersOnly: true)));

    [Fact]
    public void A_daemon_set_on_all_nodes_counts_all_nodes() =>
        Assert.Contains("(3 of 4 ready)", WithDaemonSet(Objects.DaemonSet("kube-apiserver", 3, 3)));

    [Fact]
    public void A_change_that_no_controller_has_seen_is_not_done() =>
        Assert.Contains("no controller manager has seen it yet", WithDaemonSet(Objects.DaemonSet("kube-apiserver", 3, 3, generation: 2)));

    [Theory]
    [InlineData(3, 2, 3, "2 of 3 ready")]
    [InlineData(3, 3, 4, "pods of its last generation are still there")]
    public void A_deployment_needs_its_replicas_and_no_more(int replicas, int ready, int present, string expected)
    {
        var verdict = Judge(AllNodes, [], [Objects.DaemonSet("kube-apiserver", 3, 3, mastersOnly: true)], [Objects.Deployment("kube-scheduler", replicas, ready, present)]);

        Assert.Equal($"Deployment kube-system/kube-scheduler ({expected})", Assert.Single(verdict.WorkloadsMissing));
    }

    [Fact]
    public void Pods_of_other_peoples_namespaces_do_not_count()
    {
        var verdict = Judge(AllNodes, [Objects.Waiting("theirs", "CrashLoopBackOff", 90, @namespace: "theirs"), Objects.Waiting("ours", "ContainerCreating", @namespace: "tds-cloud")], [], []);

        Assert.Equal("ours", Assert.Single(verdict.Pods).Pod.Metadata.Name);
        Assert.Contains("0 of 1 pods Running and Ready, not yet: tds-cloud/ours (ContainerCreating)", verdict.Words());
    }

    private ClusterVerdict Judge(List<V1Node> nodes, List<V1Pod> pods, List<V1DaemonSet> sets, List<V1Deployment> deployments) =>
        judge.Judge(nodes, pods, sets, deployments, DateTimeOffset.UnixEpoch);

    private string WithDaemonSet(V1DaemonSet set) =>
        Assert.Single(Judge(AllNodes, [], [set], [Objects.Deployment("kube-scheduler", 3, 3)]).WorkloadsMissing);
}
