using KubePivot.Commands;
using KubePivot.Machines;

namespace Integration.Tests.Machines;

/// <summary>Real bridges, rules and kernel settings of this host; what was there before the test is there after it.</summary>
public sealed class HostNetworkTests : IDisposable
{
    private const string Forwarding = "/proc/sys/net/ipv4/ip_forward";

    private const string Watches = "/proc/sys/fs/inotify/max_user_instances";

    private readonly string one = Directory.CreateTempSubdirectory("kubepivot-test-").FullName;
    private readonly string other = Directory.CreateTempSubdirectory("kubepivot-test-").FullName;

    public void Dispose()
    {
        Directory.Delete(one, recursive: true);
        Directory.Delete(other, recursive: true);
    }

    [Fact]
    public async Task Two_clusters_come_and_go_without_disturbing_each_other()
    {
        NeedsRoot();
        var before = (Rules: await RulesAsync(), Forwarding: await File.ReadAllTextAsync(Forwarding), Watches: await File.ReadAllTextAsync(Watches));
        var (first, second) = (TestCluster.ContextIn(one), TestCluster.ContextIn(other));
        try
        {
            await new HostNetwork(first).EnsureAsync();
            await new HostNetwork(second).EnsureAsync();
            await new HostNetwork(first).EnsureAsync();

            Assert.Contains(first.Cluster.Gateway, await AddressesAsync(first.Cluster.BridgeName));
            Assert.Equal(3, Count(await RulesAsync(), PacketFilter.CommentOf(first.Cluster.BridgeName)));
            Assert.Equal("1", (await File.ReadAllTextAsync(Forwarding)).Trim());
            Assert.InRange(int.Parse(await File.ReadAllTextAsync(Watches)), 1024, int.MaxValue);
            Assert.Equal(first.Cluster.BridgeName, HostSettings.LoadIfPresent(first.Paths)!.Bridge);

            await new HostNetwork(first).RemoveAsync();

            Assert.False(HostNetwork.Exists(first.Cluster.BridgeName));
            Assert.Contains(second.Cluster.Gateway, await AddressesAsync(second.Cluster.BridgeName));
            Assert.Equal(3, Count(await RulesAsync(), PacketFilter.CommentOf(second.Cluster.BridgeName)));
            Assert.Equal("1", (await File.ReadAllTextAsync(Forwarding)).Trim());
        }
        finally
        {
            await new HostNetwork(first).RemoveAsync();
            await new HostNetwork(second).RemoveAsync();
        }

        Assert.False(HostNetwork.Exists(second.Cluster.BridgeName));
        Assert.False(File.Exists(second.Paths.HostSettings));
        Assert.Equal(before, (await RulesAsync(), await File.ReadAllTextAsync(Forwarding), await File.ReadAllTextAsync(Watches)));
    }

    [Fact]
    public async Task A_renamed_cluster_gives_back_what_it_made_under_its_old_name()
    {
        NeedsRoot();
        var before = TestCluster.ContextIn(one);
        await new HostNetwork(before).EnsureAsync();
        var renamed = TestCluster.ContextIn(other) with { Paths = before.Paths };

        await new HostNetwork(renamed).RemoveAsync();

        Assert.False(HostNetwork.Exists(before.Cluster.BridgeName));
        Assert.Equal(0, Count(await RulesAsync(), PacketFilter.CommentOf(before.Cluster.BridgeName)));
    }

    private static void NeedsRoot()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "changing this host's network needs root");
        Assert.SkipWhen(LocalCommand.Find("iptables") == null || LocalCommand.Find("ip") == null, "iptables and iproute2 are not installed");
    }

    private static int Count(string text, string word) => text.Split('\n').Count(line => line.Contains($"\"{word}\"", StringComparison.Ordinal));

    /// <summary>Rules of other clusters may come and go meanwhile: only those of the two tests' clusters, and of nobody, are looked at.</summary>
    private async Task<string> RulesAsync()
    {
        var ours = new[] { one, other }.Select(folder => PacketFilter.CommentOf(TestCluster.In(folder).BridgeName)).ToList();
        var listing = "";
        foreach (var table in new[] { "nat", "filter" })
        {
            listing += (await LocalCommand.RunAsync("iptables", ["--wait", "10", "-t", table, "-S"], cancellationToken: TestContext.Current.CancellationToken)).ThrowOnFailure().StandardOutput;
        }

        return string.Join('\n', listing.Split('\n').Where(line => !line.Contains("kubepivot:", StringComparison.Ordinal) || ours.Any(comment => line.Contains($"\"{comment}\"", StringComparison.Ordinal))));
    }

    private static async Task<string> AddressesAsync(string link) =>
        (await LocalCommand.RunAsync("ip", ["-brief", "address", "show", "dev", link], cancellationToken: TestContext.Current.CancellationToken)).ThrowOnFailure().StandardOutput;
}
