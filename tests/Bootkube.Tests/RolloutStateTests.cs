using System.Text.Json.Nodes;
using Bootkube.Rollouts;

namespace Bootkube.Tests;

public sealed class RolloutStateTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly IReadOnlySet<string> Here = new HashSet<string> { "10.0.0.3" };

    private static readonly string[] Names = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

    [Fact]
    public void Complete_on_every_master_it_is_done()
    {
        var look = State(3, 3, ApiServerOn("10.0.0.3")).Look(Now, TimeSpan.Zero, RolloutWait.Grace, Here);

        Assert.True(look.Done);
    }

    [Fact]
    public void A_quorum_is_enough_only_after_the_grace()
    {
        var state = State(3, 2, ApiServerOn("10.0.0.3"));

        Assert.False(state.Look(Now, RolloutWait.Grace - TimeSpan.FromSeconds(1), RolloutWait.Grace, Here).Done);
        Assert.True(state.Look(Now, RolloutWait.Grace, RolloutWait.Grace, Here).Done);
        Assert.False(State(3, 1, ApiServerOn("10.0.0.3")).Look(Now, TimeSpan.FromHours(1), RolloutWait.Grace, Here).Done);
    }

    [Fact]
    public void Without_an_API_server_on_this_node_it_is_never_done()
    {
        var look = State(3, 3, ApiServerOn("10.0.0.1")).Look(Now, TimeSpan.FromHours(1), RolloutWait.Grace, Here);

        Assert.False(look.Done);
        Assert.Contains("no API server Ready on this node", look.Observed);
    }

    [Fact]
    public void An_unseen_generation_does_not_count()
    {
        var old = Workload.From(Deployment("kube-scheduler", generation: 2, observed: 1, good: 3));
        var replaced = Workload.From(Deployment("kube-scheduler", generation: 2, observed: 2, good: 3, total: 4));

        Assert.False(old.IsComplete(3));
        Assert.False(replaced.IsComplete(3));
        Assert.True(Workload.From(Deployment("kube-scheduler", generation: 2, observed: 2, good: 3)).IsComplete(3));
    }

    [Fact]
    public void A_DaemonSet_that_has_fewer_nodes_than_there_are_masters_is_not_complete() =>
        Assert.False(Workload.From(DaemonSet(wanted: 2, good: 2)).IsComplete(3));

    [Fact]
    public void What_keeps_it_is_told_pod_by_pod()
    {
        var look = State(3, 2, Pod("kube-scheduler-x", "kube-scheduler", "ReplicaSet", "10.0.0.1", waiting: "ContainerCreating")).Look(Now, TimeSpan.Zero, RolloutWait.Grace, null);

        Assert.Equal("kube-apiserver 2/3, kube-controller-manager 2/3, kube-scheduler 2/3 (kube-scheduler-x ContainerCreating on node1)", look.Observed);
    }

    [Fact]
    public void A_pod_that_has_just_come_is_not_worth_a_word()
    {
        var pod = Pod("kube-scheduler-x", "kube-scheduler", "ReplicaSet", "10.0.0.1", waiting: "ContainerCreating");

        var look = State(3, 2, pod).Look(pod.Created + TimeSpan.FromSeconds(59), TimeSpan.Zero, RolloutWait.Grace, null);

        Assert.Equal("kube-apiserver 2/3, kube-controller-manager 2/3, kube-scheduler 2/3", look.Observed);
    }

    [Fact]
    public void One_master_of_three_that_is_beyond_help_does_not_end_the_wait_but_two_do()
    {
        var one = Pod("a", "kube-scheduler", "ReplicaSet", "10.0.0.1", waiting: "ErrImageNeverPull");
        var two = Pod("b", "kube-scheduler", "ReplicaSet", "10.0.0.2", waiting: "CrashLoopBackOff", restarts: 5);

        Assert.Null(State(3, 1, one).Look(Now, TimeSpan.Zero, RolloutWait.Grace, null).Impossible);
        Assert.StartsWith("pod a of kube-scheduler will not run: ErrImageNeverPull", State(3, 1, one, two).Look(Now, TimeSpan.Zero, RolloutWait.Grace, null).Impossible);
    }

    [Fact]
    public void An_API_server_beyond_help_on_this_node_ends_the_wait()
    {
        var pod = Pod("x", "kube-apiserver", "DaemonSet", "10.0.0.3", waiting: "InvalidImageName");

        Assert.Contains("pod x of kube-apiserver", State(3, 2, pod).Look(Now, TimeSpan.Zero, RolloutWait.Grace, Here).Impossible);
    }

    [Fact]
    public void A_static_pods_mirror_is_none_of_the_workloads_pods()
    {
        var mirror = Pod("bootstrap", "kube-apiserver", "Node", "10.0.0.3");

        Assert.False(State(1, 1, mirror).IsReadyOn("kube-apiserver", Here));
    }

    [Theory]
    [InlineData("ErrImageNeverPull", 29, 0, false)]
    [InlineData("ErrImageNeverPull", 30, 0, true)]
    [InlineData("ImagePullBackOff", 299, 0, false)]
    [InlineData("ImagePullBackOff", 300, 0, true)]
    [InlineData("CrashLoopBackOff", 900, 4, false)]
    [InlineData("CrashLoopBackOff", 60, 5, true)]
    [InlineData("ContainerCreating", 9000, 0, false)]
    public void A_pod_is_beyond_help_when_time_alone_will_not_do(string waiting, int age, int restarts, bool doomed)
    {
        var pod = Pod("a", "x", "ReplicaSet", "10.0.0.1", waiting, restarts);

        Assert.Equal(doomed, DoomedPods.Why(pod, pod.Created + TimeSpan.FromSeconds(age)) != null);
    }

    private static RolloutState State(int masters, int good, params Pod[] pods) => new(
        Names,
        masters,
        [Workload.From(DaemonSet(masters, good)), .. Names[1..].Select(name => Workload.From(Deployment(name, 1, 1, good, masters)))],
        pods,
        null);

    private static Pod ApiServerOn(string address) => Pod("kube-apiserver-x", "kube-apiserver", "DaemonSet", address);

    private static JsonNode DaemonSet(int wanted, int good) => JsonNode.Parse($$"""
        {
          "metadata": { "name": "kube-apiserver", "generation": 1 },
          "spec": { "selector": { "matchLabels": { "app": "kube-apiserver" } } },
          "status": { "observedGeneration": 1, "desiredNumberScheduled": {{wanted}}, "updatedNumberScheduled": {{wanted}}, "numberAvailable": {{good}} }
        }
        """)!;

    private static JsonNode Deployment(string name, int generation, int observed, int good, int? total = null) => JsonNode.Parse($$"""
        {
          "metadata": { "name": "{{name}}", "generation": {{generation}} },
          "spec": { "replicas": 3, "selector": { "matchLabels": { "app": "{{name}}" } } },
          "status": { "observedGeneration": {{observed}}, "replicas": {{total ?? good}}, "updatedReplicas": {{good}}, "availableReplicas": {{good}} }
        }
        """)!;

    private static Pod Pod(string name, string app, string owner, string address, string? waiting = null, int restarts = 0) => Rollouts.Pod.From(JsonNode.Parse($$"""
        {
          "metadata": {
            "name": "{{name}}", "namespace": "kube-system", "creationTimestamp": "2026-01-01T11:00:00Z",
            "labels": { "app": "{{app}}" }, "ownerReferences": [{ "kind": "{{owner}}" }]
          },
          "spec": { "nodeName": "node1" },
          "status": {
            "hostIP": "{{address}}",
            "conditions": [{ "type": "Ready", "status": "{{(waiting == null ? "True" : "False")}}" }],
            "containerStatuses": [{ "name": "c", "restartCount": {{restarts}}, "state": { {{(waiting == null ? "\"running\": {}" : $$"""
        "waiting": { "reason": "{{waiting}}", "message": "words" }
        """)}} } }]
          }
        }
        """)!);
}
