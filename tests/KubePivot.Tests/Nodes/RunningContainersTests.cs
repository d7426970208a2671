using KubePivot.Nodes;

namespace KubePivot.Tests.Nodes;

public sealed class RunningContainersTests
{
    [Fact]
    public void Containers_that_have_ended_and_are_still_listed_do_not_run() => Assert.Equal(
        ["0ab1", "2cd3"],
        RunningContainers.Parse("TASK    PID     STATUS    \n0ab1    1201    RUNNING\n4ef5    0       STOPPED\n2cd3    1388    RUNNING\n").Order());

    [Fact]
    public void One_of_which_the_runtime_does_not_know_has_not_ended() => Assert.Equal(["0ab1"], RunningContainers.Parse("TASK    PID     STATUS    \n0ab1    0       UNKNOWN\n"));

    [Fact]
    public void A_node_without_containers_has_only_the_heading() => Assert.Empty(RunningContainers.Parse("TASK    PID    STATUS    \n"));
}
