using KubePivot.Nodes;

namespace KubePivot.Tests.Nodes;

public class NodeHealthTests
{
    private static readonly string[] Units = ["etcd.service", "kubelet.service"];

    private static NodeState State(FoundUnit kubelet, string kubeletHealth = "HTTP/1.0 200 OK", string etcdHealth = "HTTP/1.1 200 OK") => new(
        new Dictionary<string, FoundFile>(), AppliedRecord.Parse([]), "", true,
        new Dictionary<string, FoundUnit> { ["etcd.service"] = Running("etcd.service"), ["kubelet.service"] = kubelet },
        kubeletHealth, etcdHealth);

    private static FoundUnit Running(string name) => new(name, "active (running)", "success", 0, false, true, false, true);

    private static KubePivot.Waiting.Observation Judge(NodeState now) => NodeHealth.Of(Units, State(Running("kubelet.service")).Units, now, 5);

    [Fact]
    public void Running_units_that_answer_are_healthy() => Assert.True(Judge(State(Running("kubelet.service"))).Done);

    [Fact]
    public void A_unit_with_a_job_under_way_is_not_there_yet_although_it_is_still_active()
    {
        var seen = Judge(State(Running("kubelet.service") with { HasJob = true }));

        Assert.Equal((false, null), (seen.Done, seen.Impossible));
    }

    [Fact]
    public void What_is_missing_is_said()
    {
        Assert.Equal("kubelet /healthz: Connection refused", Judge(State(Running("kubelet.service"), "Connection refused")).Observed);
        Assert.Equal("etcd /health: HTTP/1.1 503 Service Unavailable", Judge(State(Running("kubelet.service"), etcdHealth: "HTTP/1.1 503 Service Unavailable")).Observed);
        Assert.Equal("kubelet.service activating (start-pre)", Judge(State(Running("kubelet.service") with { State = "activating (start-pre)" })).Observed);
    }

    [Fact]
    public void A_failed_unit_and_one_that_is_not_there_make_success_impossible()
    {
        Assert.Equal("kubelet.service failed (exit-code)", Judge(State(Running("kubelet.service") with { State = "failed (failed)", Result = "exit-code" })).Impossible);
        Assert.Equal("kubelet.service does not exist on the machine", Judge(State(Running("kubelet.service") with { State = "inactive (dead)", IsLoaded = false })).Impossible);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void A_unit_that_systemd_restarts_again_and_again_is_a_crash_loop(int restarts, bool impossible) =>
        Assert.Equal(impossible, Judge(State(Running("kubelet.service") with { State = "activating (auto-restart)", Restarts = restarts })).Impossible != null);
}
