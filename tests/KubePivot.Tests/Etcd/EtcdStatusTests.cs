using KubePivot.Etcd;

namespace KubePivot.Tests.Etcd;

public sealed class EtcdStatusTests
{
    [Theory]
    [InlineData(10276657743932975437, true)]
    [InlineData(10276657743932975438, false)]
    [InlineData(0, false)]
    public void A_member_leads_if_the_leader_that_it_knows_is_itself(ulong leader, bool leads) => Assert.Equal(
        leads,
        EtcdStatus.Leads($$$"""[{"Endpoint":"https://127.0.0.1:2379","Status":{"header":{"cluster_id":14841639068965178418,"member_id":10276657743932975437,"revision":1,"raft_term":2},"version":"3.4.23","dbSize":20480,"leader":{{{leader}}},"raftIndex":4,"raftTerm":2}}]"""));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"Status":{}}""")]
    [InlineData("""[{"Status":{"header":{},"leader":1}}]""")]
    [InlineData("""[{"Status":{"header":{"member_id":"1"},"leader":"1"}}]""")]
    [InlineData("Error: context deadline exceeded")]
    public void What_is_no_answer_of_a_member_says_nothing(string text) => Assert.False(EtcdStatus.Leads(text));
}
