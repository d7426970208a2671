using Integration.Tests.Ssh;
using KubePivot;
using KubePivot.Integration.Tests.Servers;

namespace Integration.Tests.Nodes;

/// <summary>The unit's states come from a <see cref="FakeSystemctl"/>, its program from the test; SSH, following and deciding are real.</summary>
public class StartBootkubeTests
{
    private const string Unit = "bootkube.service";

    [Fact]
    public async Task The_unit_is_started_its_journal_shown_live_and_a_second_time_nothing_is_done()
    {
        await using var cluster = await StartAsync("echo 'applied 17 objects' >>$journal; touch $done");

        await cluster.BootkubeStage().RunAsync();
        var shown = cluster.Lines.ToList();
        cluster.Systemctl("master01").TakeCalls();
        await cluster.BootkubeStage().RunAsync();

        Assert.Contains("master01: applied 17 objects", shown);
        Assert.Empty(cluster.Systemctl("master01").TakeCalls());
        Assert.Contains("master01: bootstrapped already, from these very assets", cluster.Lines);
    }

    [Fact]
    public async Task A_unit_that_fails_ends_the_stage_at_once_with_its_last_line_and_a_second_run_starts_it_anew()
    {
        await using var cluster = await StartAsync("echo 'error: etcd is away' >>$journal; exit 1");
        Directory.CreateDirectory(cluster.Root("master01") + "/var/log/pods/kube-system_api/kube-apiserver");
        File.WriteAllText(cluster.Root("master01") + "/var/log/pods/kube-system_api/kube-apiserver/0.log", "connection refused\n");

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.BootkubeStage().RunAsync());

        Assert.StartsWith("master01: bootkube.service failed", exception.Message);
        Assert.Contains("Last line of its journal: error: etcd is away", exception.Message);
        Assert.Contains("connection refused", exception.Message);
        Assert.Contains("./build.sh StartBootkube", exception.Message);
        cluster.Systemctl("master01").Runs(Unit, Script(cluster, "touch $done"));
        await cluster.BootkubeStage().RunAsync();
        Assert.Contains(cluster.Lines, line => line.Contains("which goes on from an earlier run"));
    }

    [Fact]
    public async Task A_unit_that_an_earlier_build_started_is_followed_to_its_end()
    {
        await using var cluster = await StartAsync("echo first >>$journal; until [ -e $root/go ]; do sleep 0.02; done; echo last >>$journal; touch $done");
        using var killed = new CancellationTokenSource();
        var first = new KubePivot.Stages.StartBootkubeStage(cluster.Context with { CancellationToken = killed.Token }).RunAsync();
        await cluster.SeenAsync("master01: first");
        await killed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        var second = cluster.BootkubeStage().RunAsync();
        await cluster.SeenAsync("master01: bootkube.service runs already; following it");
        File.WriteAllText(cluster.Root("master01") + "/go", "");
        await second;

        Assert.Contains("master01: last", cluster.Lines);
    }

    [Fact]
    public async Task A_connection_lost_while_following_is_made_again_and_no_line_is_lost_or_doubled()
    {
        await using var cluster = await StartAsync("for i in 1 2 3; do echo line $i >>$journal; done; until [ -e $root/go ]; do sleep 0.02; done; for i in 4 5 6; do echo line $i >>$journal; done; touch $done");
        await using var disruptor = new ConnectionDisruptor(cluster.Server("master01").Port);
        cluster.Server("master01").Pin(disruptor.Port);
        cluster.Ports["master01"] = disruptor.Port;

        var running = cluster.BootkubeStage().RunAsync();
        await cluster.SeenAsync("master01: line 3");
        disruptor.Cut();
        File.WriteAllText(cluster.Root("master01") + "/go", "");
        await running;

        Assert.Contains(cluster.Lines, line => line.Contains("Connecting again"));
        Assert.Equal(Enumerable.Range(1, 6).Select(number => $"master01: line {number}"), cluster.Lines.Where(line => line.StartsWith("master01: line", StringComparison.Ordinal)));
        await cluster.BootkubeStage().RunAsync();
        Assert.Contains("master01: bootstrapped already, from these very assets", cluster.Lines);
    }

    [Fact]
    public async Task Changed_assets_of_a_running_cluster_are_applied_and_shown()
    {
        await using var cluster = await StartAsync("touch $done");
        await cluster.BootkubeStage().RunAsync();
        File.WriteAllText(cluster.Root("master01") + "/opt/bootkube/assets/manifests/a.yaml", "changed\n");
        cluster.Systemctl("master01").TakeCalls();

        await cluster.BootkubeStage().RunAsync();

        Assert.Contains(cluster.Lines, line => line.StartsWith("master01: bootkube apply --asset-dir=", StringComparison.Ordinal));
        Assert.Empty(cluster.Systemctl("master01").TakeCalls());
        cluster.Lines.Clear();
        await cluster.BootkubeStage().RunAsync();
        Assert.Contains("master01: bootstrapped already, from these very assets", cluster.Lines);
    }

    [Fact]
    public async Task A_cluster_that_lives_on_other_masters_is_not_bootstrapped_a_second_time()
    {
        await using var cluster = await StartAsync("touch $root/started; touch $done");
        cluster.Systemctl("master01").Put("kubectl", "#!/bin/bash\necho ok\n");

        await cluster.BootkubeStage().RunAsync();

        Assert.Contains(cluster.Lines, line => line.StartsWith("master01: bootkube apply", StringComparison.Ordinal));
        Assert.False(File.Exists(cluster.Root("master01") + "/started"));
        Assert.True(File.Exists(cluster.Root("master01") + "/opt/bootkube/init_bootkube.done"));
    }

    [Fact]
    public async Task An_interrupted_bootstrap_goes_on_although_its_temporary_API_answers()
    {
        await using var cluster = await StartAsync("touch $root/started; touch $done");
        cluster.Systemctl("master01").Put("kubectl", "#!/bin/bash\necho ok\n");
        Directory.CreateDirectory(cluster.Root("master01") + "/etc/kubernetes/bootstrap-secrets");

        await cluster.BootkubeStage().RunAsync();

        Assert.True(File.Exists(cluster.Root("master01") + "/started"));
    }

    /// <summary>Where the pod-checkpointer keeps the certificate of its master's API server.</summary>
    private const string Copy = "etc/kubernetes/checkpoint-secrets/kube-system/kube-apiserver-x7k2p/kube-apiserver/0123456789abcdef";

    /// <summary>Where the kubelet keeps it for the pod, also without a pod-checkpointer.</summary>
    private const string Volume = "var/lib/kubelet/pods/6f1c/volumes/kubernetes.io~secret/secrets";

    [Theory]
    [InlineData(Copy)]
    [InlineData(Volume)]
    public async Task A_control_plane_whose_certificates_have_expired_is_ended_on_every_node_and_bootstrapped_anew(string folder)
    {
        await using var cluster = await StartAsync("touch $root/started; touch $done", "master01", "worker01");
        await BootstrapAndChangeAsync(cluster, DateTimeOffset.UtcNow.AddMinutes(-1), folder);

        await cluster.BootkubeStage().RunAsync();

        Assert.Contains(cluster.Lines, line => line.Contains("is good no longer (certificate has expired)", StringComparison.Ordinal));
        Assert.True(File.Exists(cluster.Root("master01") + "/started"));
        Assert.Empty(Directory.EnumerateFiles(cluster.Root("master01") + "/etc/kubernetes/manifests"));
        foreach (var node in new[] { "master01", "worker01" })
        {
            Assert.Equal(["stop kubelet.service", "start kubelet.service"], cluster.Systemctl(node).TakeCalls().Where(call => call.Contains("kubelet", StringComparison.Ordinal)));
            Assert.Contains("containers list --quiet labels.\"io.kubernetes.pod.namespace\"==kube-system", File.ReadAllText($"{cluster.Root(node)}-bin/ctr-calls"), StringComparison.Ordinal);
        }

        cluster.Lines.Clear();
        await cluster.BootkubeStage().RunAsync();
        Assert.Contains("master01: bootstrapped already, from these very assets", cluster.Lines);
    }

    [Fact]
    public async Task A_control_plane_that_is_away_with_good_certificates_is_not_ended()
    {
        await using var cluster = await StartAsync("touch $root/started; touch $done", "master01", "worker01");
        await BootstrapAndChangeAsync(cluster, DateTimeOffset.UtcNow.AddHours(1), Copy);

        await cluster.BootkubeStage().RunAsync();

        Assert.Contains(cluster.Lines, line => line.StartsWith("master01: bootkube apply", StringComparison.Ordinal));
        Assert.False(File.Exists(cluster.Root("master01") + "/started"));
        Assert.Empty(cluster.Systemctl("worker01").TakeCalls());
    }

    [Fact]
    public async Task A_bootstrap_that_takes_too_long_is_told_with_its_last_line_and_goes_on_on_the_node()
    {
        await using var cluster = await StartAsync("echo 'waiting for the API' >>$journal; until [ -e $root/go ]; do sleep 0.02; done; touch $done");

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.BootkubeStage(TimeSpan.FromSeconds(3)).RunAsync());

        Assert.Contains("waited 3 s for bootkube.service, which still runs", exception.Message);
        Assert.Contains("Last line of its journal: waiting for the API", exception.Message);
        File.WriteAllText(cluster.Root("master01") + "/go", "");
        await cluster.BootkubeStage().RunAsync();
    }

    /// <summary>A cluster that was bootstrapped, whose assets have changed since, and whose API server shows a certificate.</summary>
    /// <param name="shown">Where that lies on the master.</param>
    private static async Task BootstrapAndChangeAsync(SandboxCluster cluster, DateTimeOffset until, string shown)
    {
        await cluster.BootkubeStage().RunAsync();
        var root = cluster.Root("master01");
        File.Delete(root + "/started");
        File.WriteAllText(root + "/opt/bootkube/assets/manifests/a.yaml", "changed\n");
        using var pki = new TestPki();
        pki.Issue("apiserver", "kube-apiserver", DateTimeOffset.UtcNow.AddMinutes(-4), until);
        var copy = Path.Combine(root, shown);
        foreach (var folder in new[] { copy, root + "/var/log/pods/kube-system_kube-apiserver-x7k2p_6f1c", root + "/etc/kubernetes/pki", root + "/etc/kubernetes/manifests" })
        {
            Directory.CreateDirectory(folder);
        }

        File.Copy(pki.CertificateFile("apiserver"), copy + "/apiserver.crt");
        File.Copy(pki.CaFile, root + "/etc/kubernetes/pki/ca.crt");
        File.WriteAllText(root + "/etc/kubernetes/manifests/kube-system_kube-apiserver.json", "{}");
        foreach (var node in cluster.Context.Cluster.Nodes)
        {
            cluster.Systemctl(node.Name).Put("ctr", "#!/bin/bash\necho \"${@:3}\" >>\"$(dirname \"$0\")/ctr-calls\"\n");
            cluster.Systemctl(node.Name).TakeCalls();
        }

        cluster.Lines.Clear();
    }

    private static async Task<SandboxCluster> StartAsync(string script, params string[] nodes)
    {
        var cluster = await SandboxCluster.StartAsync(nodes.Length == 0 ? ["master01"] : nodes);
        var bootkube = cluster.Root("master01") + "/opt/bootkube";
        Directory.CreateDirectory(bootkube + "/assets/manifests");
        Directory.CreateDirectory(bootkube + "/bin");
        File.WriteAllText(bootkube + "/assets/manifests/a.yaml", "a: 1\n");
        File.WriteAllText(bootkube + "/bin/bootkube", "#!/bin/bash\necho bootkube $*\n");
        File.SetUnixFileMode(bootkube + "/bin/bootkube", (UnixFileMode)Convert.ToInt32("755", 8));
        cluster.Systemctl("master01").Put("kubectl", "#!/bin/bash\nexit 1\n");
        cluster.Systemctl("master01").Runs(Unit, Script(cluster, script));
        return cluster;
    }

    private static string Script(SandboxCluster cluster, string script) => $"root={cluster.Root("master01")} done={cluster.Root("master01")}/opt/bootkube/init_bootkube.done\n{script}";
}
