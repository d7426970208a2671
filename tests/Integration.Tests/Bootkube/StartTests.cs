using k8s;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary><c>bootkube start</c> against real API servers behind a real load balancer; the rest of the node is played.</summary>
public sealed class StartTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_pivot_keeps_the_API_and_leaves_nothing_temporary_and_a_second_run_changes_nothing()
    {
        await using var node = await PlayedNode.CreateAsync(Stop);
        await using var program = await NodeProgram.StartAsync(Stop, node.Start);
        await program.SaysAsync("The temporary API server is ready.", Stop);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(node.Secrets, "apiserver.key")));
        Assert.Equal(3, Directory.GetFiles(node.Manifests).Length);
        // From the first object that it could apply: the load balancer knows the temporary server by then.
        await program.SaysAsync("Applied", Stop);
        await using (var probe = new Probe(node))
        {
            Assert.True(await program.ExitCodeAsync(Stop) == 0, program.Output);
            Assert.True(probe.Answers > 0);
            Assert.True(probe.LongestSilence < TimeSpan.FromSeconds(1), $"No answer for {probe.LongestSilence}.");
        }

        Assert.Contains("the control plane hosts itself", program.Output);
        Assert.DoesNotContain("warning", program.Output);
        await node.AssertPivotedAsync(Stop);

        var (code, output) = await NodeProgram.RunAsync(Stop, node.Start);

        Assert.True(code == 0, output);
        Assert.Contains("no temporary control plane is needed", output);
        Assert.Contains($"{TestAssets.Count - TestAssets.Late} unchanged.", output);
        Assert.Contains($"{TestAssets.Late} unchanged.", output);
        await node.AssertPivotedAsync(Stop);
    }

    [Fact]
    public async Task SIGTERM_stops_it_in_good_order_with_everything_left_in_place()
    {
        await using var node = await PlayedNode.CreateAsync(Stop, kubeletHangs: true);
        await using var program = await NodeProgram.StartAsync(Stop, node.Start);
        await program.SaysAsync("Waiting", Stop);

        await program.SignalAsync("TERM");

        Assert.Equal(1, await program.ExitCodeAsync(Stop));
        Assert.Contains("Stopped by SIGTERM. Nothing was undone", program.Output);
        Assert.Equal(3, Directory.GetFiles(node.Manifests).Length);
    }

    [Fact]
    public async Task While_the_kubelet_cannot_pull_it_says_which_image_from_where_and_why()
    {
        await using var node = await PlayedNode.CreateAsync(Stop, kubeletHangs: true);
        using var journal = new PlayedJournal(
            """time="2026-11-28T17:04:47Z" level=info msg="trying next host" error="failed to do request: Head \"https://cache.example/v2/pause/manifests/3.2?ns=registry.k8s.io\": dial tcp 10.0.0.5:443: connect: connection refused" host=cache.example""",
            """time="2026-11-28T17:04:48Z" level=error msg="RunPodSandbox for &PodSandboxMetadata{Name:kube-apiserver,} failed, error" error="failed to get sandbox image \"registry.k8s.io/pause:3.2\": failed to pull image \"registry.k8s.io/pause:3.2\": failed to pull and unpack image \"registry.k8s.io/pause:3.2\": failed to resolve reference \"registry.k8s.io/pause:3.2\": pulling from host mirror.example:5000 failed with status code [manifests 3.2]: 401 Unauthorized" """);
        await using var program = await NodeProgram.StartAsync(journal, Stop, node.Start);

        await program.SaysAsync("cache.example cannot be reached for images (connection refused); the next in order is tried.", Stop);
        await program.SaysAsync("image registry.k8s.io/pause:3.2 cannot be had: mirror.example:5000 refuses the account", Stop);

        await program.SignalAsync("TERM");
        Assert.Equal(1, await program.ExitCodeAsync(Stop));
    }

    [Fact]
    public async Task An_API_server_without_a_port_of_its_own_is_refused_before_anything_is_written()
    {
        await using var node = await PlayedNode.CreateAsync(Stop, kubeletHangs: true);
        node.Assets.WriteBootstrapPod("apiserver", $"--secure-port={new Uri(node.Address).Port}");

        var (code, output) = await NodeProgram.RunAsync(Stop, node.Start);

        Assert.Equal(2, code);
        Assert.Contains("is one API server's own port", output);
        Assert.Empty(Directory.GetFileSystemEntries(node.Manifests));
        Assert.False(Directory.Exists(node.Secrets));
    }
}
