using k8s;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary><c>bootkube start</c> against real API servers, two of them on one port in the pivot; the node is played.</summary>
/// <remarks>Run on demand (<c>-explicit on</c>): they have not been seen to end within ten minutes on two busy cores.</remarks>
public sealed class StartTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task The_pivot_keeps_the_API_and_leaves_nothing_temporary_and_a_second_run_changes_nothing()
    {
        await using var server = await KubeApiServer.PrepareAsync(Stop);
        using var assets = new TestAssets(server);
        await using var node = new PlayedNode(server);
        await using var program = await NodeProgram.StartAsync(Stop, Arguments(assets, node));
        await program.SaysAsync("The temporary API server is ready.", Stop);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(node.Secrets, "apiserver.key")));
        Assert.Equal(3, Directory.GetFiles(node.Manifests).Length);
        await using (var probe = new Probe(server))
        {
            Assert.True(await program.ExitCodeAsync(Stop) == 0, program.Output);
            Assert.True(probe.Answers > 0);
            Assert.True(probe.LongestSilence < TimeSpan.FromSeconds(1), $"No answer for {probe.LongestSilence}.");
        }

        Assert.Contains("the control plane hosts itself", program.Output);
        Assert.Empty(Directory.GetFileSystemEntries(node.Manifests));
        Assert.False(Directory.Exists(node.Secrets));
        using var client = server.Client();
        var pods = await client.CoreV1.ListNamespacedPodAsync("kube-system", cancellationToken: Stop);
        Assert.DoesNotContain(pods.Items, pod => pod.Metadata.Name.StartsWith("bootstrap-", StringComparison.Ordinal));
        var lease = await client.CoordinationV1.ReadNamespacedLeaseAsync("kube-controller-manager", "kube-system", cancellationToken: Stop);
        Assert.Equal("other_selfhosted", lease.Spec.HolderIdentity);

        var (code, output) = await NodeProgram.RunAsync(Stop, Arguments(assets, node));

        Assert.True(code == 0, output);
        Assert.Contains("no temporary control plane is needed", output);
        Assert.Contains($"{TestAssets.Count} unchanged.", output);
        Assert.Empty(Directory.GetFileSystemEntries(node.Manifests));
        Assert.Null(node.Fault);
    }

    [Fact(Explicit = true)]
    public async Task A_late_server_is_waited_for_with_words_and_a_run_killed_in_the_middle_is_taken_up()
    {
        await using var server = await KubeApiServer.PrepareAsync(Stop);
        using var assets = new TestAssets(server);
        await using var node = new PlayedNode(server, startsServers: false);
        await using (var killed = await NodeProgram.StartAsync(Stop, Arguments(assets, node)))
        {
            await killed.SaysAsync("Connection refused", Stop);
            await killed.SaysAsync("its container has not started yet", Stop);
            node.GoOn = true;
            await killed.SaysAsync("The temporary API server is ready.", Stop);
            await killed.SignalAsync("KILL");
        }

        File.AppendAllText(Path.Combine(node.Manifests, "bootstrap-scheduler.yaml"), "# half an old one\n");
        var (code, output) = await NodeProgram.RunAsync(Stop, Arguments(assets, node));

        Assert.True(code == 0, output);
        Assert.Contains("bootstrap-apiserver.yaml adopted, bootstrap-controller-manager.yaml adopted, bootstrap-scheduler.yaml replaced", output);
        Assert.Empty(Directory.GetFileSystemEntries(node.Manifests));
    }

    [Fact(Explicit = true)]
    public async Task A_rejected_object_leaves_the_temporary_control_plane_and_the_corrected_run_goes_on()
    {
        await using var server = await KubeApiServer.PrepareAsync(Stop);
        using var assets = new TestAssets(server);
        assets.WriteManifest("broken.yaml", "{ apiVersion: v1, kind: Service, metadata: { name: broken, namespace: workloads }, spec: { ports: [] , clusterIP: 192.0.2.1 } }");
        await using var node = new PlayedNode(server);

        var (code, output) = await NodeProgram.RunAsync(Stop, Arguments(assets, node));

        Assert.Equal(1, code);
        Assert.Contains("manifests/broken.yaml: Service workloads/broken: 422 Invalid", output);
        Assert.Contains("run the same command again", output);
        Assert.Equal(3, Directory.GetFiles(node.Manifests).Length);

        File.Delete(Path.Combine(assets.Folder, "manifests", "broken.yaml"));
        (code, output) = await NodeProgram.RunAsync(Stop, Arguments(assets, node));

        Assert.True(code == 0, output);
    }

    [Fact(Explicit = true)]
    public async Task A_self_hosted_server_that_ends_with_the_temporary_one_brings_that_back()
    {
        await using var server = await KubeApiServer.PrepareAsync(Stop);
        using var assets = new TestAssets(server);
        await using var node = new PlayedNode(server) { SelfHostedServerFails = true };

        var (code, output) = await NodeProgram.RunAsync(Stop, Arguments(assets, node));

        Assert.Equal(1, code);
        Assert.Contains("The temporary API server was put back", output);
        Assert.True(File.Exists(Path.Combine(node.Manifests, "bootstrap-apiserver.yaml")));
        Assert.True(Directory.Exists(node.Secrets));
    }

    [Fact(Explicit = true)]
    public async Task SIGTERM_stops_it_in_good_order_with_everything_left_in_place()
    {
        await using var server = await KubeApiServer.PrepareAsync(Stop);
        using var assets = new TestAssets(server);
        await using var node = new PlayedNode(server, startsServers: false);
        await using var program = await NodeProgram.StartAsync(Stop, Arguments(assets, node));
        await program.SaysAsync("Waiting", Stop);

        await program.SignalAsync("TERM");

        Assert.Equal(1, await program.ExitCodeAsync(Stop));
        Assert.Contains("Stopped by SIGTERM. Nothing was undone", program.Output);
        Assert.Equal(3, Directory.GetFiles(node.Manifests).Length);
    }

    [Fact(Explicit = true)]
    public async Task A_kubeconfig_of_another_server_is_refused_before_anything_is_written()
    {
        await using var server = await KubeApiServer.PrepareAsync(Stop);
        using var assets = new TestAssets(server);
        assets.WriteBootstrapPod("apiserver", "--secure-port=1");
        await using var node = new PlayedNode(server, startsServers: false);

        var (code, output) = await NodeProgram.RunAsync(Stop, Arguments(assets, node));

        Assert.Equal(2, code);
        Assert.Contains("must be the API server of this node, https://127.0.0.1:1", output);
        Assert.Empty(Directory.GetFileSystemEntries(node.Manifests));
    }

    private static string[] Arguments(TestAssets assets, PlayedNode node) => ["start", $"--asset-dir={assets.Folder}", $"--root={node.Root}", "--timeout=5m"];
}
