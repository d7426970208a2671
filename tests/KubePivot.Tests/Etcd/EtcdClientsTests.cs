using KubePivot.Etcd;

namespace KubePivot.Tests.Etcd;

public sealed class EtcdClientsTests
{
    private static EtcdClients Clients(params (string Address, int Count)[] connections) => new(connections.ToDictionary(client => client.Address, client => client.Count));

    [Fact]
    public void Connections_are_counted_by_the_address_they_come_from()
    {
        var clients = EtcdClients.Parse("""
            0      0      172.17.8.11:2379  172.17.8.12:45678
            0      36     172.17.8.11:2379  172.17.8.12:45680
            0      0        127.0.0.1:2379    127.0.0.1:50000
            0      0     [fd00::b]:2379     [fd00::c]:50002

            """);

        Assert.Equal([("127.0.0.1", 1), ("172.17.8.12", 2), ("[fd00::c]", 1)], clients.Connections.OrderBy(client => client.Key, StringComparer.Ordinal).Select(client => (client.Key, client.Value)));
    }

    [Fact]
    public void A_member_that_nobody_is_connected_to_has_no_clients() => Assert.Empty(EtcdClients.Parse("").Connections);

    [Theory]
    [InlineData(34, 30, false)]
    [InlineData(34, 31, true)]
    [InlineData(34, 40, true)]
    [InlineData(2, 1, false)]
    [InlineData(1, 0, false)]
    [InlineData(1, 1, true)]
    public void Clients_are_back_with_nine_tenths_of_their_connections_rounded_up(int before, int now, bool back) =>
        Assert.Equal(back ? [] : ["172.17.8.12"], Clients(("172.17.8.12", before)).NotBackIn(Clients(("172.17.8.12", now))));

    [Fact]
    public void Every_address_has_to_be_back_and_those_that_are_not_are_named_in_order() => Assert.Equal(
        ["172.17.8.11", "172.17.8.13"],
        Clients(("172.17.8.13", 30), ("172.17.8.12", 30), ("172.17.8.11", 30)).NotBackIn(Clients(("172.17.8.12", 90), ("172.17.8.11", 3))));

    [Fact]
    public void Those_that_have_come_since_do_not_matter() => Assert.Empty(Clients().NotBackIn(Clients(("172.17.8.12", 3))));
}
