using System.Net;
using System.Net.Sockets;
using KubePivot;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Preflight;
using KubePivot.Ssh;

namespace Integration.Tests.Nodes;

public class PreflightTests
{
    private static readonly KubernetesRelease Release = new("v1.20.2", KubernetesSource.Debian);

    private static NodePreflight Preflight(SandboxCluster cluster, params string[] ignored) => new(cluster.Context, Release, CheckNames.Parse("--ignore-preflight", ignored));

    /// <summary>A node's folder shows what the machine itself does, and is called and addressed as it should be.</summary>
    private static void MakeReal(SandboxCluster cluster, string node)
    {
        foreach (var folder in new[] { "proc", "sys", "run" })
        {
            Directory.CreateSymbolicLink(Path.Combine(cluster.Root(node), folder), $"/{folder}");
        }

        var address = cluster.Context.Cluster.Node(node).Address;
        cluster.Systemctl(node).Put("uname", $"#!/bin/sh\necho {node}\n");
        cluster.Systemctl(node).Put("ip", $"#!/bin/sh\necho '2: eth0 inet {address}/24 scope global'\n");
    }

    private static void Listening(SandboxCluster cluster, string node, params string[] lines) =>
        cluster.Systemctl(node).Put("ss", $"#!/bin/sh\ncat <<'EOF'\n{string.Join('\n', lines)}\nEOF\n");

    [Fact]
    public async Task A_look_sees_what_the_machine_is_like()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        MakeReal(cluster, "master01");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var connection = await NodeConnection.ConnectAsync(cluster.EndpointOf(cluster.Context.Cluster.Bootstrap), TestContext.Current.CancellationToken);

        var seen = await Preflight(cluster).ObserveAsync(connection, cluster.LayoutOf(cluster.Context.Cluster.Bootstrap));

        Assert.Equal((Environment.ProcessorCount, "master01", false), (seen.Cpus, seen.Hostname, seen.IsOurs));
        Assert.InRange(seen.MemoryMib, 100, long.MaxValue);
        Assert.InRange(seen.Offset!.AtLeast, 0, 0.5);
        Assert.Contains(seen.Disks, disk => disk.FreeMib > 0);
        Assert.Contains("tar", seen.Programs);
        Assert.Contains(cluster.Context.Cluster.Bootstrap.Address, seen.Addresses);
        Assert.Contains(seen.Listeners, socket => socket.Port == ((IPEndPoint)listener.LocalEndpoint).Port && socket.Pid == $"{Environment.ProcessId}");
        Assert.NotNull(seen.CgroupVersion);
        Assert.Contains("memory", seen.CgroupControllers);
    }

    [Fact]
    public async Task Unfit_nodes_are_told_all_at_once_and_nothing_is_written_onto_any()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01", "worker01");
        foreach (var node in new[] { "master01", "worker01" })
        {
            MakeReal(cluster, node);
            cluster.Render(node, [], ("/etc/a", "a\n", "0644", "root:root", []));
        }

        Listening(cluster, "master01", "LISTEN 0 4096 *:6443 *:* users:((\"nginx\",pid=1,fd=6))", "LISTEN 0 4096 127.0.0.1:2379 0.0.0.0:* users:((\"etcd\",pid=1,fd=6))");
        Listening(cluster, "worker01");
        cluster.Systemctl("worker01").Put("df", "#!/bin/sh\necho 'Avail IAvail Mounted on'\necho '1024 100000 /'\n");
        var ignored = NodePrograms.All.Select(program => CheckNames.Program(program.Name)).Concat([CheckNames.Mem, CheckNames.NumCpu, CheckNames.SystemVerification]).ToArray();

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage(preflight: Preflight(cluster, ignored)).RunAsync());

        Assert.Equal(
            ["  [ERROR Port-2379] master01 has port 2379 taken by etcd (process 1)", "  [ERROR Port-6443] master01 has port 6443 taken by nginx (process 1)", "  [ERROR Disk] worker01 has 1 MiB free on /"],
            exception.Message.Split(Environment.NewLine)[1..^1].Select(line => line.Split(';')[0]));
        Assert.All(["master01", "worker01"], node => Assert.False(Directory.Exists(cluster.Root(node) + "/var")));

        await cluster.Stage(preflight: Preflight(cluster, "all")).RunAsync();

        Assert.Equal("a\n", cluster.Read("worker01", "/etc/a"));
        Assert.Contains(cluster.Lines, line => line.StartsWith("[WARNING Port-6443] master01 has port 6443 taken by nginx", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_run_does_not_complain_of_what_the_first_one_started()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        MakeReal(cluster, "master01");
        cluster.Render("master01", [], ("/etc/a", "a\n", "0644", "root:root", []));
        Listening(cluster, "master01");
        await cluster.Stage(preflight: Preflight(cluster, "all")).RunAsync();
        Listening(cluster, "master01", "LISTEN 0 4096 *:6443 *:* users:((\"kube-apiserver\",pid=1,fd=6))", "LISTEN 0 4096 *:10257 *:* users:((\"kube-controller\",pid=1,fd=6))");
        cluster.Lines.Clear();
        cluster.Render("master01", [], ("/etc/a", "another a\n", "0644", "root:root", []));

        await cluster.Stage(preflight: Preflight(cluster, "all")).RunAsync();

        Assert.DoesNotContain(cluster.Lines, line => line.Contains("Port-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_that_has_nothing_to_write_does_not_judge_the_nodes()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        MakeReal(cluster, "master01");
        cluster.Render("master01", [], ("/etc/a", "a\n", "0644", "root:root", []));
        Listening(cluster, "master01");
        await cluster.Stage(preflight: Preflight(cluster, "all")).RunAsync();
        Listening(cluster, "master01", "LISTEN 0 4096 *:10250 *:* users:((\"node_exporter\",pid=1,fd=6))");
        cluster.Lines.Clear();

        await cluster.Stage(preflight: Preflight(cluster, "all")).RunAsync();

        Assert.DoesNotContain(cluster.Lines, line => line.Contains("Port-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_seen_over_the_connection()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01", "worker01");
        foreach (var node in new[] { "master01", "worker01" })
        {
            MakeReal(cluster, node);
            cluster.Render(node, [], ("/etc/a", "a\n", "0644", "root:root", []));
        }

        // The node's clock is the machine's here: the build host's is set wrong instead.
        var late = new NodePreflight(cluster.Context with { Clock = new LateClock() }, Release, CheckNames.Parse("", CheckNames.All.Where(name => name != CheckNames.ClockSkew)));

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage(preflight: late).RunAsync());

        Assert.Contains("[ERROR ClockSkew] master01 has a clock that is 60 s ahead of this host's", exception.Message);
        Assert.Contains("[ERROR ClockSkew] worker01", exception.Message);
    }

    private sealed class LateClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - TimeSpan.FromMinutes(1);
    }
}
