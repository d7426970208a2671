using KubePivot.Machines;

namespace KubePivot.Tests.Machines;

public class PacketFilterTests
{
    private const string Listing = """
        -P POSTROUTING ACCEPT
        -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
        -A POSTROUTING -s 10.64.7.0/24 ! -d 10.64.7.0/24 -m comment --comment "kubepivot:kp3fa1" -j MASQUERADE
        -A POSTROUTING -s 10.64.8.0/24 ! -d 10.64.8.0/24 -m comment --comment "kubepivot:kp3fa12" -j MASQUERADE
        -A FORWARD -i kp3fa1 -m comment --comment kubepivot:kp3fa1 -j ACCEPT
        """;

    [Fact]
    public void Every_rule_carries_the_comment_it_is_found_by() =>
        Assert.All(PacketFilter.RulesOf("kp3fa1", "10.64.7.0/24"), rule => Assert.Contains("kubepivot:kp3fa1", rule.Arguments));

    [Fact]
    public void Only_rules_of_the_cluster_are_deleted() => Assert.Equal(
        [
            "-D POSTROUTING -s 10.64.7.0/24 ! -d 10.64.7.0/24 -m comment --comment kubepivot:kp3fa1 -j MASQUERADE",
            "-D FORWARD -i kp3fa1 -m comment --comment kubepivot:kp3fa1 -j ACCEPT",
        ],
        PacketFilter.DeletionsIn(Listing, "kp3fa1").Select(words => string.Join(' ', words)));

    [Fact]
    public void Packets_between_machines_keep_their_addresses()
    {
        var masquerade = PacketFilter.RulesOf("kp3fa1", "10.64.7.0/24").Single(rule => rule.Table == "nat");

        Assert.Equal("-s 10.64.7.0/24 ! -d 10.64.7.0/24", string.Join(' ', masquerade.Arguments.Take(5)));
    }
}
