using KubePivot.Machines;

namespace KubePivot.Tests.Machines;

public sealed class ResolversTests
{
    private const string Loopback = "# systemd-resolved\nnameserver 127.0.0.53\noptions edns0\nsearch example.com\n";

    [Fact]
    public void A_hosts_own_file_is_taken_without_its_comments() =>
        Assert.Equal("search example.com\nnameserver 192.0.2.53\n", Resolvers.Of(["# by hand\nsearch example.com\n; old\nnameserver 192.0.2.53\n", Loopback]));

    [Fact]
    public void Where_the_host_asks_itself_those_are_taken_that_it_asks_in_turn() =>
        Assert.Equal("nameserver 192.0.2.1\nsearch example.com\n", Resolvers.Of([Loopback, "nameserver 192.0.2.1\nsearch example.com\n"]));

    [Theory]
    [InlineData("nameserver 127.0.0.1")]
    [InlineData("nameserver ::1")]
    [InlineData("nameserver fe80::1%eth0")]
    [InlineData("nameserver 2001:db8::53")]
    [InlineData("nameserver 0.0.0.0")]
    [InlineData("nameserver")]
    public void What_a_machine_cannot_reach_is_left_out(string line)
    {
        Assert.Null(Resolvers.Of([line]));
        if (line != "nameserver")
        {
            Assert.Equal("nameserver 192.0.2.53\n", Resolvers.Of([$"{line}\nnameserver 192.0.2.53\n"]));
        }
    }

    [Fact]
    public void A_host_without_a_resolver_has_none_to_give() => Assert.Null(Resolvers.Of(["", "search example.com\n"]));
}
