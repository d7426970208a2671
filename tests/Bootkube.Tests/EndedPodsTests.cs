using System.Text.Json.Nodes;
using Bootkube.Rollouts;

namespace Bootkube.Tests;

public sealed class EndedPodsTests
{
    private const string Ended = """{ "state": { "terminated": { "exitCode": 0 } } }""";

    private const string Running = """{ "state": { "running": { } } }""";

    [Theory]
    [InlineData(true, Ended, Ended)]
    [InlineData(false, Ended, Running)]
    [InlineData(false, Ended, """{ "state": { "waiting": { "reason": "CrashLoopBackOff" } } }""")]
    public void A_deleted_pod_is_over_when_all_its_containers_have_ended(bool over, params string[] containers) =>
        Assert.Equal(over, EndedPods.IsOver(Pod("\"2026-01-01T00:00:00Z\"", containers), hasRun: true));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_container_that_is_yet_to_be_made_has_ended_if_it_ran_before_and_may_start_yet_if_not(bool hasRun) =>
        Assert.Equal(hasRun, EndedPods.IsOver(Pod("\"2026-01-01T00:00:00Z\"", [Ended, """{ "state": { "waiting": { "reason": "ContainerCreating" } } }"""]), hasRun));

    [Fact]
    public void A_pod_is_not_over_before_its_kubelet_has_spoken_of_all_its_containers() =>
        Assert.False(EndedPods.IsOver(Pod("\"2026-01-01T00:00:00Z\"", [Ended]), hasRun: true));

    [Fact]
    public void A_pod_that_nobody_has_deleted_is_not_over_for_its_kubelet_may_start_it_again() =>
        Assert.False(EndedPods.IsOver(Pod("null", [Ended, Ended]), hasRun: true));

    private static JsonNode Pod(string deleted, string[] containers) => JsonNode.Parse($$"""
        {
          "metadata": { "deletionTimestamp": {{deleted}} },
          "spec": { "containers": [{ "name": "a" }, { "name": "b" }] },
          "status": { "containerStatuses": [{{string.Join(',', containers)}}] }
        }
        """)!;
}
