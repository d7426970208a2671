using k8s;
using k8s.Models;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary><c>bootkube apply</c> against a real API server. Nothing rolls pods out here, so each test plays the controllers' part.</summary>
/// <remarks>Run on demand (<c>-explicit on</c>): they have not been seen to end within ten minutes on two busy cores.</remarks>
public sealed class ApplyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Applied_twice_everything_is_created_and_then_unchanged()
    {
        await using var server = await KubeApiServer.StartAsync(Stop);
        using var assets = new TestAssets(server);
        using var client = server.Client();
        await using var first = await NodeProgram.StartAsync(Stop, "apply", $"--asset-dir={assets.Folder}");
        await first.SaysAsync("Waiting ≤ 20 min for the self-hosted control plane", Stop);
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);

        Assert.Equal(0, await first.ExitCodeAsync(Stop));
        Assert.Contains($"Applied {TestAssets.Count} objects", first.Output);
        Assert.Contains($"{TestAssets.Count} created.", first.Output);
        Assert.Contains("[bootkube] Deployment kube-system/kube-scheduler created", first.Output);

        var (code, output) = await NodeProgram.RunAsync(Stop, "apply", $"--asset-dir={assets.Folder}");

        Assert.Equal(0, code);
        Assert.Contains($"{TestAssets.Count} unchanged.", output);
        Assert.Contains("The control plane is rolled out.", output);
    }

    [Fact(Explicit = true)]
    public async Task A_changed_manifest_is_applied_and_its_rollout_awaited()
    {
        await using var server = await KubeApiServer.StartAsync(Stop);
        using var assets = new TestAssets(server);
        using var client = server.Client();
        await using var first = await NodeProgram.StartAsync(Stop, "apply", $"--asset-dir={assets.Folder}");
        await first.SaysAsync("Waiting", Stop);
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);
        Assert.Equal(0, await first.ExitCodeAsync(Stop));
        var file = Path.Combine(assets.Folder, "manifests", "kube-scheduler.yaml");
        File.WriteAllText(file, File.ReadAllText(file).Replace("test/kube-scheduler", "test/kube-scheduler:2", StringComparison.Ordinal));

        await using var second = await NodeProgram.StartAsync(Stop, "apply", $"--asset-dir={assets.Folder}");
        await second.SaysAsync("kube-scheduler 0/1", Stop);
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);

        Assert.Equal(0, await second.ExitCodeAsync(Stop));
        Assert.Contains("Deployment kube-system/kube-scheduler changed", second.Output);
        Assert.Contains($"1 changed, {TestAssets.Count - 1} unchanged.", second.Output);
    }

    [Fact(Explicit = true)]
    public async Task All_rejected_objects_are_told_with_file_name_and_the_servers_words_and_the_others_are_applied()
    {
        await using var server = await KubeApiServer.StartAsync(Stop);
        using var assets = new TestAssets(server);
        assets.WriteManifest("broken-service.yaml", """
            apiVersion: v1
            kind: Service
            metadata: { name: broken, namespace: workloads }
            spec: { clusterIP: 192.0.2.1, ports: [{ port: 80, protocol: TCP }] }
            """);
        assets.WriteManifest("unknown-field.yaml", """
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: unknown-field, namespace: workloads }
            dat: { a: b }
            """);
        assets.WriteManifest("secret.yaml", """
            apiVersion: v1
            kind: Secret
            metadata: { name: broken, namespace: workloads }
            data: { password: "NotBase64!TopSecret" }
            """);

        var (code, output) = await NodeProgram.RunAsync(Stop, "apply", $"--asset-dir={assets.Folder}");

        Assert.Equal(1, code);
        Assert.Contains($"3 of {TestAssets.Count + 3} objects were rejected", output);
        Assert.Contains("manifests/broken-service.yaml: Service workloads/broken: 422 Invalid: ", output);
        Assert.Contains("provided IP is not in the valid range", output);
        Assert.Contains("manifests/unknown-field.yaml: ConfigMap workloads/unknown-field: ", output);
        Assert.Contains(".dat", output);
        Assert.Contains("manifests/secret.yaml: Secret workloads/broken: ", output);
        Assert.DoesNotContain("TopSecret", output);
        using var client = server.Client();
        Assert.NotNull(await client.AppsV1.ReadNamespacedDeploymentAsync("kube-scheduler", "kube-system", cancellationToken: Stop));
    }

    [Fact(Explicit = true)]
    public async Task A_kind_that_nobody_defines_and_a_namespace_that_nobody_makes_are_rejected_after_the_grace_of_a_starting_server()
    {
        await using var server = await KubeApiServer.StartAsync(Stop);
        using var assets = new TestAssets(server);
        assets.WriteManifest("gadget.yaml", "{ apiVersion: nobody.kubepivot.local/v1, kind: Gadget, metadata: { name: a } }");
        assets.WriteManifest("lost.yaml", "{ apiVersion: v1, kind: ConfigMap, metadata: { name: lost, namespace: nowhere } }");

        var (code, output) = await NodeProgram.RunAsync(Stop, "apply", $"--asset-dir={assets.Folder}");

        Assert.Equal(1, code);
        Assert.Contains("manifests/gadget.yaml: Gadget a: 404: the server serves no kind Gadget in nobody.kubepivot.local/v1", output);
        Assert.Contains("manifests/lost.yaml: ConfigMap nowhere/lost: 404 NotFound: namespaces \"nowhere\" not found", output);
    }

    [Fact(Explicit = true)]
    public async Task A_server_that_goes_away_in_the_middle_is_waited_for()
    {
        await using var server = await KubeApiServer.StartAsync(Stop);
        using var assets = new TestAssets(server);
        for (var number = 0; number < 400; number++)
        {
            assets.WriteManifest($"many-{number}.yaml", $"{{ apiVersion: v1, kind: ConfigMap, metadata: {{ name: many-{number}, namespace: workloads }} }}");
        }

        using var client = server.Client();
        await using var program = await NodeProgram.StartAsync(Stop, "apply", $"--asset-dir={assets.Folder}");
        await UntilAsync(async () => (await client.CoreV1.ListConfigMapForAllNamespacesAsync(cancellationToken: Stop)).Items.Count > 20);
        await server.StopAsync();
        await program.SaysAsync("Not accepted yet", Stop);
        await server.RestartAsync(Stop);
        await program.SaysAsync("Waiting", Stop);
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);

        Assert.Equal(0, await program.ExitCodeAsync(Stop));
        Assert.Contains($"Applied {TestAssets.Count + 400} objects", program.Output);
    }

    [Fact(Explicit = true)]
    public async Task A_pod_that_never_gets_its_image_ends_the_wait_with_its_words()
    {
        await using var server = await KubeApiServer.StartAsync(Stop);
        using var assets = new TestAssets(server);
        using var client = server.Client();
        await using var program = await NodeProgram.StartAsync(Stop, "apply", $"--asset-dir={assets.Folder}");
        await program.SaysAsync("Waiting", Stop);
        var pod = await PlayedControllers.CreatePodAsync(client, "kube-scheduler", "kube-scheduler-1", "ReplicaSet", Stop);
        pod.Status = new() { HostIP = "127.0.0.1", ContainerStatuses = [PlayedControllers.Container("kube-scheduler", new() { Waiting = new() { Reason = "CrashLoopBackOff", Message = "back-off" } }, restarts: 5)] };
        await client.CoreV1.ReplaceNamespacedPodStatusAsync(pod, "kube-scheduler-1", "kube-system", cancellationToken: Stop);

        Assert.Equal(1, await program.ExitCodeAsync(Stop));
        Assert.Contains("pod kube-scheduler-1 of kube-scheduler will not run: CrashLoopBackOff after 5 restarts", program.Output);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        while (!await holds())
        {
            await Task.Delay(20, Stop);
        }
    }
}
