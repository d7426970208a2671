using System.Net;
using System.Net.Sockets;
using Integration.Tests.Ssh;
using KubePivot;
using KubePivot.Assets;
using KubePivot.Commands;

namespace Integration.Tests.Nodes;

public class CopyAssetsTests
{
    private static readonly string[] Units = ["etcd.service", "kubelet.service"];

    private static (string Path, string Content, string Mode, string Owner, string[] Restarts) KubeletYaml(string content) =>
        ("/etc/kubernetes/kubelet.yaml", content, "0644", "root:root", ["kubelet.service"]);

    private static (string Path, string Content, string Mode, string Owner, string[] Restarts) EtcdKey(string content) =>
        ("/etc/etcd/pki/server.key", content, "0600", "daemon:daemon", ["etcd.service"]);

    private static (string Path, string Content, string Mode, string Owner, string[] Restarts) EtcdAuthority(string content) =>
        ("/etc/etcd/pki/ca.crt", content, "0644", "daemon:daemon", ["etcd.service"]);

    [Fact]
    public async Task Files_arrive_with_owner_and_mode_and_units_are_enabled_and_started_in_order()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        cluster.Render("master01", Units, KubeletYaml("a: 1\n"), EtcdKey("key\n"), ("/etc/systemd/system/kubelet.service", "[Unit]\n", "0644", "root:root", ["kubelet.service"]), ("/opt/bin/run", "#!/bin/sh\n", "0755", "root:root", []));

        await cluster.Stage().RunAsync();

        Assert.Equal(["644 root:root", "600 daemon:daemon", "755 root:root"], await StatAsync(cluster, "/etc/kubernetes/kubelet.yaml", "/etc/etcd/pki/server.key", "/opt/bin/run"));
        Assert.Equal(["700 daemon:daemon", "755 root:root", "755 root:root", "700 root:root", "600 root:root"], await StatAsync(cluster, "/etc/etcd/pki", "/etc/etcd", "/opt/bin", "/var/lib/kubepivot", "/var/lib/kubepivot/applied"));
        Assert.Equal("key\n", cluster.Read("master01", "/etc/etcd/pki/server.key"));
        Assert.Equal(
            ["daemon-reload", "reset-failed -- etcd.service kubelet.service", "start --no-block -- etcd.service kubelet.service", "enable --quiet --no-reload -- etcd.service kubelet.service"],
            cluster.Systemctl("master01").TakeCalls());
        Assert.Empty(Directory.EnumerateFiles(cluster.Root("master01"), "*kubepivot-new", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_node_that_equals_its_tree_is_left_alone()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01", "worker01");
        cluster.Render("master01", Units, KubeletYaml("a: 1\n"));
        cluster.Render("worker01", ["kubelet.service"], KubeletYaml("a: 1\n"));
        await cluster.Stage().RunAsync();
        cluster.Systemctl("master01").TakeCalls();
        var before = Snapshot(cluster, "master01");
        cluster.Render("worker01", ["kubelet.service"], KubeletYaml("a: 2\n"));

        await cluster.Stage().RunAsync();

        Assert.Equal(before, Snapshot(cluster, "master01"));
        Assert.Empty(cluster.Systemctl("master01").TakeCalls());
        Assert.Equal("a: 2\n", cluster.Read("worker01", "/etc/kubernetes/kubelet.yaml"));
        Assert.Contains("master01: nothing to change", cluster.Lines);
        Assert.Contains("restart --no-block -- kubelet.service", cluster.Systemctl("worker01").TakeCalls());
    }

    [Fact]
    public async Task Only_what_differs_is_written_be_it_content_owner_or_mode()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        var files = new[] { KubeletYaml("a: 1\n"), EtcdKey("key\n"), EtcdAuthority("ca\n"), ("/etc/motd", "hello\n", "0644", "root:root", Array.Empty<string>()) };
        cluster.Render("master01", Units, files);
        await cluster.Stage().RunAsync();
        var root = cluster.Root("master01");
        var before = Snapshot(cluster, "master01");
        File.SetUnixFileMode(root + "/etc/kubernetes/kubelet.yaml", (UnixFileMode)Convert.ToInt32("666", 8));
        (await LocalCommand.RunAsync("chown", ["root:root", root + "/etc/etcd/pki/server.key"])).ThrowOnFailure();
        File.Delete(root + "/etc/motd");
        File.CreateSymbolicLink(root + "/etc/motd", "/etc/hostname");

        await cluster.Stage().RunAsync();

        Assert.Equal(["644 root:root", "600 daemon:daemon"], await StatAsync(cluster, "/etc/kubernetes/kubelet.yaml", "/etc/etcd/pki/server.key"));
        Assert.Null(new FileInfo(root + "/etc/motd").LinkTarget);
        Assert.Equal("hello\n", cluster.Read("master01", "/etc/motd"));
        Assert.Equal(before["/etc/etcd/pki/ca.crt"], Snapshot(cluster, "master01")["/etc/etcd/pki/ca.crt"]);
    }

    [Fact]
    public async Task A_file_that_left_the_tree_is_removed_and_nobody_elses()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        cluster.Render("master01", ["kubelet.service"], KubeletYaml("a: 1\n"), ("/etc/kubernetes/old.yaml", "old\n", "0644", "root:root", ["kubelet.service"]), ("/etc/systemd/system/old.service", "[Unit]\n", "0644", "root:root", []));
        await cluster.Stage().RunAsync();
        File.WriteAllText(cluster.Root("master01") + "/etc/kubernetes/mine.yaml", "mine\n");
        cluster.Systemctl("master01").TakeCalls();
        cluster.Render("master01", ["kubelet.service"], KubeletYaml("a: 1\n"));

        await cluster.Stage().RunAsync();

        Assert.False(File.Exists(cluster.Root("master01") + "/etc/kubernetes/old.yaml"));
        Assert.Equal("mine\n", cluster.Read("master01", "/etc/kubernetes/mine.yaml"));
        Assert.Equal(["disable --now -- old.service", "daemon-reload", "restart --no-block -- kubelet.service"], cluster.Systemctl("master01").TakeCalls());
        await cluster.Stage().RunAsync();
        Assert.Empty(cluster.Systemctl("master01").TakeCalls());
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(300_000)]
    [InlineData(1_500_000)]
    public async Task A_copy_cut_in_the_middle_leaves_old_files_whole_and_is_completed_by_the_next_run(long bytes)
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        cluster.Render("master01", Units, KubeletYaml("a: 1\n"), EtcdKey("old\n"));
        await cluster.Stage().RunAsync();
        cluster.Systemctl("master01").TakeCalls();
        var large = string.Concat(Enumerable.Range(0, 250_000).Select(number => $"{number}\n"));
        cluster.Render("master01", Units, KubeletYaml("a: 2\n"), EtcdKey("new\n"), ("/opt/large", large, "0644", "root:root", []));
        await using var disruptor = new ConnectionDisruptor(cluster.Server("master01").Port);
        cluster.Server("master01").Pin(disruptor.Port);
        cluster.Ports["master01"] = disruptor.Port;
        disruptor.CutAfter(bytes);

        var exception = await Assert.ThrowsAsync<KubePivot.Ssh.NodeConnectionLostException>(() => cluster.Stage().RunAsync());

        Assert.Contains("> bash write-files", exception.Message);
        Assert.Equal(("a: 1\n", "old\n"), (cluster.Read("master01", "/etc/kubernetes/kubelet.yaml"), cluster.Read("master01", "/etc/etcd/pki/server.key")));
        await cluster.Stage().RunAsync();
        Assert.Equal(("a: 2\n", "new\n", large), (cluster.Read("master01", "/etc/kubernetes/kubelet.yaml"), cluster.Read("master01", "/etc/etcd/pki/server.key"), cluster.Read("master01", "/opt/large")));
        Assert.Equal(["restart --no-block -- kubelet.service", "restart --no-block -- etcd.service"], cluster.Systemctl("master01").TakeCalls());
        Assert.Empty(Directory.EnumerateFiles(cluster.Root("master01"), "*kubepivot-new", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_build_killed_between_writing_and_restarting_restarts_in_the_next_run()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        cluster.Render("master01", Units, KubeletYaml("a: 1\n"));
        await cluster.Stage().RunAsync();
        cluster.Systemctl("master01").TakeCalls();
        File.AppendAllText(cluster.Root("master01") + "/var/lib/kubepivot/applied", "restart kubelet.service\nreload\n");

        await cluster.Stage().RunAsync();

        Assert.Equal(["daemon-reload", "restart --no-block -- kubelet.service"], cluster.Systemctl("master01").TakeCalls());
        await cluster.Stage().RunAsync();
        Assert.Empty(cluster.Systemctl("master01").TakeCalls());
    }

    [Fact]
    public async Task Etcd_members_that_run_are_restarted_one_at_a_time_with_health_seen_between()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01", "master02", "master03");
        foreach (var node in cluster.Context.Cluster.Masters)
        {
            cluster.Render(node.Name, Units, EtcdKey("old\n"), EtcdAuthority("ca\n"));
        }

        await cluster.Stage().RunAsync();
        foreach (var node in cluster.Context.Cluster.Masters)
        {
            cluster.Render(node.Name, Units, EtcdKey("new\n"), EtcdAuthority("ca\n"));
            cluster.Systemctl(node.Name).Becomes("etcd.service", node.Name == "master02" ? "failed failed 0" : "active running 0");
        }

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage().RunAsync());

        Assert.Contains("etcd.service of master02: etcd.service failed", exception.Message);
        Assert.Contains("journal: --unit=etcd.service", exception.Message);
        Assert.Contains("master01: restarting etcd.service", cluster.Lines);
        Assert.DoesNotContain("master03: restarting etcd.service", cluster.Lines);

        // And the next run, for which one restart alone is left, does not take the second member away.
        exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage().RunAsync());
        Assert.Contains("etcd.service of master02: etcd.service failed", exception.Message);
        Assert.DoesNotContain("master03: restarting etcd.service", cluster.Lines);
    }

    [Fact]
    public async Task The_next_etcd_member_is_restarted_when_the_clients_of_the_last_one_are_connected_to_it_again()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01", "master02", "master03");
        await RenderNewEtcdKeysAsync(cluster);
        using var first = ClientsOfAPort.On(cluster, "master01", 3);
        using var last = ClientsOfAPort.On(cluster, "master03", 3);
        var restart = BlockedRestart.Of(cluster, "master01");

        var stage = cluster.Stage().RunAsync();
        await cluster.SeenAsync("master01: restarting etcd.service");
        first.Drop();
        restart.Release();
        await cluster.SeenAsync("master01:   the clients of etcd on master01: not back from 127.0.0.1");

        Assert.DoesNotContain("master02: restarting etcd.service", cluster.Lines);
        first.Connect(3);
        await cluster.SeenAsync("master03: restarting etcd.service");
        last.Drop();
        await stage;
        Assert.DoesNotContain(cluster.Lines, line => line.Contains("clients of etcd on master02") || line.Contains("clients of etcd on master03") || line.Contains("going on without them"));
    }

    [Fact]
    public async Task Clients_of_etcd_that_do_not_come_back_are_named_and_not_waited_for_forever()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01", "master02", "master03");
        await RenderNewEtcdKeysAsync(cluster);
        using var first = ClientsOfAPort.On(cluster, "master01", 3);
        var restart = BlockedRestart.Of(cluster, "master01");

        var stage = cluster.Stage().RunAsync();
        await cluster.SeenAsync("master01: restarting etcd.service");
        first.Drop();
        restart.Release();
        await stage;

        Assert.Contains("master01: clients of etcd are not back from 127.0.0.1; going on without them", cluster.Lines);
        Assert.Contains("master02: restarting etcd.service", cluster.Lines);
    }

    /// <summary>Every master has been made, and its etcd's key is another one now.</summary>
    private static async Task RenderNewEtcdKeysAsync(SandboxCluster cluster)
    {
        void Render(string key)
        {
            foreach (var node in cluster.Context.Cluster.Masters)
            {
                cluster.Render(node.Name, Units, EtcdKey(key), EtcdAuthority("ca\n"));
            }
        }

        Render("old\n");
        await cluster.Stage().RunAsync();
        Render("new\n");
    }

    /// <summary>A restart of a node's etcd that takes until it is released.</summary>
    private sealed class BlockedRestart
    {
        private readonly string file;

        private BlockedRestart(string file) => this.file = file;

        public static BlockedRestart Of(SandboxCluster cluster, string node)
        {
            var restart = new BlockedRestart(Path.Combine(cluster.Root(node), "released"));
            cluster.Systemctl(node).Runs("etcd.service", $"until [ -e {restart.file} ]; do sleep 0.02; done");
            return restart;
        }

        public void Release() => File.WriteAllText(file, "");
    }

    /// <summary>A port of loopback in the place of a member's client port, and connections to it.</summary>
    private sealed class ClientsOfAPort : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly List<TcpClient> ends = [];

        private ClientsOfAPort() => listener.Start();

        public static ClientsOfAPort On(SandboxCluster cluster, string node, int clients)
        {
            var port = new ClientsOfAPort();
            cluster.EtcdClientPorts[node] = ((IPEndPoint)port.listener.LocalEndpoint).Port;
            port.Connect(clients);
            return port;
        }

        public void Connect(int clients)
        {
            for (var number = 0; number < clients; number++)
            {
                var client = new TcpClient();
                client.Connect((IPEndPoint)listener.LocalEndpoint);
                ends.AddRange([client, listener.AcceptTcpClient()]);
            }
        }

        /// <summary>All connections end.</summary>
        public void Drop()
        {
            ends.ForEach(end => end.Dispose());
            ends.Clear();
        }

        public void Dispose()
        {
            Drop();
            listener.Dispose();
        }
    }

    [Fact]
    public async Task A_new_authority_restarts_all_etcd_members_at_once()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01", "master02", "master03");
        foreach (var node in cluster.Context.Cluster.Masters)
        {
            cluster.Render(node.Name, Units, EtcdAuthority("old\n"));
        }

        await cluster.Stage().RunAsync();
        foreach (var node in cluster.Context.Cluster.Masters)
        {
            cluster.Render(node.Name, Units, EtcdAuthority("new\n"));
        }

        await cluster.Stage().RunAsync();

        Assert.Contains(cluster.Lines, line => line.Contains("all members are restarted at once"));
        Assert.All(cluster.Context.Cluster.Masters, node => Assert.Contains("restart --no-block -- etcd.service", cluster.Systemctl(node.Name).TakeCalls()));
    }

    [Fact]
    public async Task An_authority_that_is_trusted_beside_the_old_one_restarts_etcd_members_one_at_a_time()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01", "master02", "master03");
        using var pki = new GeneratedAuthorities();
        foreach (var node in cluster.Context.Cluster.Masters)
        {
            cluster.Render(node.Name, Units, EtcdAuthority(pki.Old));
        }

        await cluster.Stage().RunAsync();
        foreach (var (from, to) in new[] { (pki.Old, pki.Old + pki.New), (pki.Old + pki.New, pki.New + pki.Old), (pki.New + pki.Old, pki.New) })
        {
            foreach (var node in cluster.Context.Cluster.Masters)
            {
                cluster.Render(node.Name, Units, EtcdAuthority(to));
            }

            cluster.Lines.Clear();
            await cluster.Stage().RunAsync();

            Assert.DoesNotContain(cluster.Lines, line => line.Contains("all members are restarted at once"));
            Assert.All(cluster.Context.Cluster.Masters, node => Assert.Contains($"{node.Name}: restarting etcd.service", cluster.Lines));
        }
    }

    /// <summary>Certificates of two authorities, PEM.</summary>
    private sealed class GeneratedAuthorities : IDisposable
    {
        private readonly System.Security.Cryptography.ECDsa key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);

        public string Old => field ??= Make();

        public string New => field ??= Make();

        public void Dispose() => key.Dispose();

        private string Make()
        {
            var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=etcd-ca", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddHours(1));
            return certificate.ExportCertificatePem() + "\n";
        }
    }

    [Fact]
    public async Task A_unit_that_crashes_again_and_again_ends_the_wait_with_its_journal()
    {
        await using var cluster = await SandboxCluster.StartAsync("worker01", "master01");
        cluster.Render("master01", ["kubelet.service"], KubeletYaml("a: 1\n"));
        cluster.Render("worker01", ["kubelet.service"], KubeletYaml("a: 1\n"));
        cluster.Systemctl("worker01").Becomes("kubelet.service", "failed failed 0");

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage().RunAsync());

        Assert.Contains("kubelet.service of worker01: kubelet.service failed", exception.Message);
        Assert.Contains("journal: --unit=kubelet.service", exception.Message);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_named_with_node_and_reason_and_nothing_is_left()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        cluster.Render("master01", [], ("/etc/a", "a\n", "0644", "root:root", []), ("/etc/b", "b\n", "0644", "root:root", []), ("/etc/c", "c\n", "0644", "nosuchuser:nosuchuser", []));

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage().RunAsync());

        Assert.Contains("master01: could not write the files (invalid user)", exception.Message);
        Assert.Contains("nosuchuser:nosuchuser", exception.Message);
        Assert.Empty(Directory.EnumerateFiles(cluster.Root("master01") + "/etc"));
    }

    [Fact]
    public async Task A_full_disk_is_told_with_the_file_and_the_old_files_stay()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        var etc = cluster.Root("master01") + "/etc";
        Directory.CreateDirectory(etc);
        var mounted = await LocalCommand.RunAsync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", etc]);
        Assert.SkipUnless(mounted.Succeeded, $"no tmpfs can be mounted here: {mounted.StandardError.Trim()}");
        try
        {
            cluster.Render("master01", [], ("/etc/large", new string('x', 200_000), "0644", "root:root", []), ("/etc/small", "a\n", "0644", "root:root", []));

            var exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage().RunAsync());

            Assert.Contains("master01: could not write the files (No space left on device)", exception.Message);
            Assert.Contains("large", exception.Message);
            Assert.Empty(Directory.EnumerateFiles(etc));
        }
        finally
        {
            (await LocalCommand.RunAsync("umount", [etc])).ThrowOnFailure();
        }
    }

    [Fact]
    public async Task A_tree_changed_by_hand_is_refused()
    {
        await using var cluster = await SandboxCluster.StartAsync("master01");
        cluster.Render("master01", [], ("/etc/a", "a\n", "0644", "root:root", []));
        var file = Path.Combine(cluster.Context.Paths.Nodes, "master01", "etc", "a");
        File.WriteAllText(file, "by hand\n");

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage().RunAsync());

        Assert.StartsWith($"{file} is not the file that was rendered", exception.Message);
        Assert.False(File.Exists(cluster.Root("master01") + "/etc/a"));
    }

    private static async Task<string[]> StatAsync(SandboxCluster cluster, params string[] paths) =>
        (await LocalCommand.RunAsync("stat", ["--format=%a %U:%G", .. paths.Select(path => cluster.Root("master01") + path)])).ThrowOnFailure().StandardOutput.TrimEnd().Split('\n');

    /// <summary>Every file with its time of change, to the tick, and its inode's time of change.</summary>
    private static Dictionary<string, string> Snapshot(SandboxCluster cluster, string node)
    {
        var root = cluster.Root(node);
        var found = LocalCommand.RunAsync("find", [root, "-type", "f", "-printf", "/%P %i %T@ %C@\\n"]).GetAwaiter().GetResult().ThrowOnFailure();
        return found.StandardOutput.TrimEnd().Split('\n').Select(line => line.Split(' ', 2)).ToDictionary(words => words[0], words => words[1]);
    }
}
