using KubePivot.Etcd;

namespace KubePivot.Tests.Etcd;

public sealed class EtcdMembershipTests
{
    private static EtcdMaster Master(int number, bool hasData = true, bool healthy = true) => new($"master0{number}", Url(number), hasData, hasData && healthy);

    private static EtcdMember Member(int number, bool started = true, string? name = null) => new($"{number}", name ?? $"master0{number}", Url(number), started);

    private static string Url(int number) => $"https://172.17.8.1{number}:2380";

    [Fact]
    public void Masters_that_are_all_members_with_data_are_left_as_they_are() =>
        Assert.True(EtcdMembership.Of([Master(1), Master(2), Master(3)], [Member(1), Member(2), Member(3)]).IsAsItIs);

    [Fact]
    public void Where_no_member_is_healthy_nothing_is_changed_for_the_cluster_may_be_about_to_be_made() =>
        Assert.True(EtcdMembership.Of([Master(1, hasData: false), Master(2, hasData: false), Master(3, hasData: false)], null).IsAsItIs);

    [Fact]
    public void A_member_that_the_configuration_names_and_that_never_started_is_waited_for_as_it_is() =>
        Assert.True(EtcdMembership.Of([Master(1), Master(2), Master(3, hasData: false)], [Member(1), Member(2), Member(3, started: false)]).IsAsItIs);

    [Fact]
    public void A_master_whose_data_are_lost_is_removed_and_joins_anew()
    {
        var plan = EtcdMembership.Of([Master(1), Master(2, hasData: false), Master(3)], [Member(1), Member(2), Member(3)]);

        Assert.Null(plan.Refusal);
        Assert.Equal(["master02"], plan.Remove.Select(member => member.Name));
        Assert.Equal(["master02"], plan.Join.Select(master => master.Name));
    }

    [Fact]
    public void A_join_that_was_interrupted_after_the_member_was_added_goes_on_without_removing_it()
    {
        var plan = EtcdMembership.Of([Master(1), Master(2, hasData: false), Master(3)], [Member(1), Member(2, started: false, name: ""), Member(3)]);

        Assert.Empty(plan.Remove);
        Assert.Equal(["master02"], plan.Join.Select(master => master.Name));
    }

    [Fact]
    public void A_join_that_was_interrupted_after_the_old_member_was_removed_goes_on()
    {
        var plan = EtcdMembership.Of([Master(1), Master(2, hasData: false), Master(3)], [Member(1), Member(3)]);

        Assert.Empty(plan.Remove);
        Assert.Equal(["master02"], plan.Join.Select(master => master.Name));
    }

    [Fact]
    public void One_master_becomes_three_by_two_that_join()
    {
        var plan = EtcdMembership.Of([Master(1), Master(2, hasData: false), Master(3, hasData: false)], [Member(1)]);

        Assert.Null(plan.Refusal);
        Assert.Equal(["master02", "master03"], plan.Join.Select(master => master.Name));
    }

    [Fact]
    public void A_member_that_is_no_master_any_more_is_removed_and_its_successor_joins()
    {
        var plan = EtcdMembership.Of([Master(1), Master(2), Master(4, hasData: false)], [Member(1), Member(2), Member(3)]);

        Assert.Null(plan.Refusal);
        Assert.Equal(["master03"], plan.Remove.Select(member => member.Name));
        Assert.Equal(["master04"], plan.Join.Select(master => master.Name));
    }

    [Fact]
    public void A_change_that_would_leave_etcd_without_a_quorum_is_refused_with_the_count()
    {
        var plan = EtcdMembership.Of([Master(1), Master(2, healthy: false), Master(3, hasData: false)], [Member(1), Member(2), Member(3)]);

        Assert.Equal("etcd has 3 members; without master03 only 1 would be healthy, and it takes changes only from more than half of them.", plan.Refusal);
    }

    [Fact]
    public void Two_of_three_members_lost_are_more_than_can_be_replaced()
    {
        var plan = EtcdMembership.Of([Master(1), Master(2, hasData: false), Master(3, hasData: false)], [Member(1), Member(2), Member(3)]);

        Assert.Equal("etcd has 3 members; without master02 and master03 only 1 would be healthy, and it takes changes only from more than half of them.", plan.Refusal);
    }

    [Fact]
    public void Members_are_read_from_etcdctls_list()
    {
        var members = EtcdMember.Parse("""
            {"header":{"cluster_id":13295405467416158000,"member_id":10276657743932975437,"raft_term":2},"members":[
              {"ID":10276657743932975437,"name":"master01","peerURLs":["https://172.17.8.11:2380"],"clientURLs":["https://172.17.8.11:2379"]},
              {"ID":255,"peerURLs":["https://172.17.8.12:2380"]}]}
            """);

        Assert.Equal([new EtcdMember("8e9e05c52164694d", "master01", Url(1), true), new EtcdMember("ff", "", Url(2), false)], members);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"members":[{"ID":"x"}]}""")]
    public void Anything_else_is_said_to_be_no_list(string text) => Assert.Throws<FormatException>(() => EtcdMember.Parse(text));
}
