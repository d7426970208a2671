namespace KubePivot.Integration.Tests.Bootkube;

/// <summary><c>bootkube start</c> when something is wrong with the cluster's objects or its servers: all stays, and the next run goes on.</summary>
public sealed class FailedStartTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failed_run_leaves_a_temporary_control_plane_and_the_corrected_one_goes_on()
    {
        await using var node = await PlayedNode.CreateAsync(Stop);
        node.Assets.WriteManifest("broken.yaml", $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: broken, namespace: {{node.Assets.Workloads}} }
            spec: { ports: [], clusterIP: 192.0.2.1 }
            """);

        var (code, output) = await NodeProgram.RunAsync(Stop, node.Start);

        Assert.Equal(1, code);
        Assert.Contains($"manifests/broken.yaml: Service {node.Assets.Workloads}/broken: 422 Invalid", output);
        Assert.Contains("run the same command again", output);
        Assert.Equal(3, Directory.GetFiles(node.Manifests).Length);

        File.Delete(Path.Combine(node.Assets.Folder, "manifests", "broken.yaml"));
        node.SelfHostedServerFails = true;
        (code, output) = await NodeProgram.RunAsync(Stop, node.Start);

        Assert.Equal(1, code);
        Assert.Contains("The temporary API server was put back", output);
        Assert.Contains("run the same command again", output);
        Assert.True(File.Exists(Path.Combine(node.Manifests, "bootstrap-apiserver.yaml")));
        Assert.True(Directory.Exists(node.Secrets));

        await node.RestartSelfHostedServerAsync(Stop);
        (code, output) = await NodeProgram.RunAsync(Stop, node.Start);

        Assert.True(code == 0, output);
        await node.AssertPivotedAsync(Stop);
    }
}
