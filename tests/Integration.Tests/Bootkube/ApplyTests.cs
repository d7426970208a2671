using k8s;
using k8s.Models;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Waiting;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// <c>bootkube apply</c> against a real API server, which the tests share: each finds kube-system empty. Nothing rolls pods out here, so
/// each test plays the controllers' part.
/// </summary>
public sealed class ApplyTests(RunningApi running) : IClassFixture<RunningApi>, IAsyncLifetime
{
    /// <summary>What the node program may have, and no more.</summary>
    private const long MostMemory = 120 << 20;

    private TestAssets? assets;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private KubeApiServer Server => running.Server;

    private TestAssets Assets => assets ??= new TestAssets(Server);

    private string[] Apply => ["apply", $"--asset-dir={Assets.Folder}"];

    public async ValueTask InitializeAsync()
    {
        await Server.EnsureRunningAsync(Stop);
        using var client = Server.Client();
        await PlayedControllers.ClearAsync(client, Stop);
    }

    public ValueTask DisposeAsync()
    {
        assets?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Applied_twice_everything_is_created_and_then_unchanged()
    {
        using var client = Server.Client();
        await using var first = await AppliedAsync(client);
        Assert.Contains($"Applied {TestAssets.Count} objects", first.Output);
        Assert.Contains($"{TestAssets.Count} created.", first.Output);
        Assert.Contains("[bootkube] Deployment kube-system/kube-scheduler created", first.Output);

        var (code, output) = await NodeProgram.RunAsync(Stop, Apply);

        Assert.Equal(0, code);
        Assert.Contains($"{TestAssets.Count} unchanged.", output);
        Assert.Contains("The control plane is rolled out.", output);
    }

    [Fact]
    public async Task A_changed_manifest_is_applied_and_its_rollout_awaited()
    {
        using var client = Server.Client();
        await using var first = await AppliedAsync(client);
        ChangeScheduler();

        await using var second = await NodeProgram.StartAsync(Stop, Apply);
        await second.SaysAsync("kube-scheduler 0/1", Stop);
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);

        Assert.Equal(0, await second.ExitCodeAsync(Stop));
        Assert.Contains("Deployment kube-system/kube-scheduler changed", second.Output);
        Assert.Contains($"1 changed, {TestAssets.Count - 1} unchanged.", second.Output);
        Assert.DoesNotContain("kube-apiserver unchanged", second.Output);
    }

    [Fact]
    public async Task Nothing_is_applied_while_an_API_server_that_runs_is_not_Ready_for_its_rollout_would_end_all_such_at_once()
    {
        using var client = Server.Client();
        await using var first = await AppliedAsync(client);
        await PlayedControllers.RollOutServersAsync(client, masters: 3, Stop, unavailable: 2);
        ChangeScheduler();

        await using var second = await NodeProgram.StartAsync(Stop, Apply);
        await second.SaysAsync("the API servers: 2 of 3 are not Ready", Stop);

        Assert.DoesNotContain("Applied", second.Output);
        await PlayedControllers.RollOutServersAsync(client, masters: 1, Stop);
        await second.SaysAsync("Deployment kube-system/kube-scheduler changed", Stop);
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);
        Assert.Equal(0, await second.ExitCodeAsync(Stop));
    }

    [Fact]
    public async Task A_pod_that_was_deleted_and_whose_containers_have_ended_is_not_waited_for_and_one_that_still_runs_is()
    {
        using var client = Server.Client();
        await using var first = await AppliedAsync(client);
        await PlayedControllers.CreateReadyServerPodAsync(client, Stop);
        await CreateEndedPodAsync(client, "kube-scheduler");
        await client.CoreV1.DeleteNamespacedPodAsync("kube-apiserver-1", "kube-system", gracePeriodSeconds: 30, cancellationToken: Stop);

        ChangeScheduler();
        await using var second = await NodeProgram.StartAsync(Stop, Apply);
        await second.SaysAsync("kube-scheduler 0/1", Stop);
        await GoneAsync(client, "kube-scheduler-1");
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);

        Assert.Equal(0, await second.ExitCodeAsync(Stop));
        Assert.NotNull((await client.CoreV1.ReadNamespacedPodAsync("kube-apiserver-1", "kube-system", cancellationToken: Stop)).Metadata.DeletionTimestamp);
    }

    [Fact]
    public async Task A_pod_that_has_ended_as_the_leader_gives_the_lead_up_and_one_that_was_none_leaves_it_to_whoever_has_it()
    {
        using var client = Server.Client();
        await using var first = await AppliedAsync(client);
        foreach (var (component, leader) in new[] { ("kube-scheduler", "node_1"), ("kube-controller-manager", "elsewhere_1") })
        {
            await CreateEndedPodAsync(client, component);
            await client.CoordinationV1.CreateNamespacedLeaseAsync(
                new() { Metadata = new() { Name = component }, Spec = new() { HolderIdentity = leader, AcquireTime = DateTime.UtcNow.AddSeconds(1), RenewTime = DateTime.UtcNow, LeaseDurationSeconds = 600 } },
                "kube-system",
                cancellationToken: Stop);
        }

        ChangeScheduler();
        await using var second = await NodeProgram.StartAsync(Stop, Apply);
        await GoneAsync(client, "kube-scheduler-1", "kube-controller-manager-1");
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);

        Assert.Equal(0, await second.ExitCodeAsync(Stop));
        Assert.Equal("", (await client.CoordinationV1.ReadNamespacedLeaseAsync("kube-scheduler", "kube-system", cancellationToken: Stop)).Spec.HolderIdentity);
        Assert.Equal("elsewhere_1", (await client.CoordinationV1.ReadNamespacedLeaseAsync("kube-controller-manager", "kube-system", cancellationToken: Stop)).Spec.HolderIdentity);
    }

    [Fact]
    public async Task All_rejected_objects_are_told_with_file_name_and_the_servers_words_and_the_others_are_applied()
    {
        Assets.WriteManifest("broken-service.yaml", $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: broken, namespace: {{Assets.Workloads}} }
            spec: { clusterIP: 192.0.2.1, ports: [{ port: 80, protocol: TCP }] }
            """);
        Assets.WriteManifest("unknown-field.yaml", $$"""
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: unknown-field, namespace: {{Assets.Workloads}} }
            dat: { a: b }
            """);
        Assets.WriteManifest("secret.yaml", $$"""
            apiVersion: v1
            kind: Secret
            metadata: { name: broken, namespace: {{Assets.Workloads}} }
            data: { password: "NotBase64!TopSecret" }
            """);

        var (code, output) = await NodeProgram.RunAsync(Stop, Apply);

        Assert.Equal(1, code);
        Assert.Contains($"3 of {TestAssets.Count + 3} objects were rejected", output);
        Assert.Contains($"manifests/broken-service.yaml: Service {Assets.Workloads}/broken: 422 Invalid: ", output);
        Assert.Contains("provided IP is not in the valid range", output);
        Assert.Contains($"manifests/unknown-field.yaml: ConfigMap {Assets.Workloads}/unknown-field: ", output);
        Assert.Contains(".dat", output);
        Assert.Contains($"manifests/secret.yaml: Secret {Assets.Workloads}/broken: ", output);
        Assert.DoesNotContain("TopSecret", output);
        using var client = Server.Client();
        Assert.NotNull(await client.AppsV1.ReadNamespacedDeploymentAsync("kube-scheduler", "kube-system", cancellationToken: Stop));
    }

    [Fact]
    public async Task A_kind_that_nobody_defines_and_a_namespace_that_nobody_makes_are_rejected_after_the_grace_of_a_starting_server()
    {
        Assets.WriteManifest("gadget.yaml", "{ apiVersion: nobody.kubepivot.local/v1, kind: Gadget, metadata: { name: a } }");
        Assets.WriteManifest("lost.yaml", "{ apiVersion: v1, kind: ConfigMap, metadata: { name: lost, namespace: nowhere } }");

        var (code, output) = await NodeProgram.RunAsync(Stop, Apply);

        Assert.Equal(1, code);
        Assert.Contains("manifests/gadget.yaml: Gadget a: 404: the server serves no kind Gadget in nobody.kubepivot.local/v1", output);
        Assert.Contains("manifests/lost.yaml: ConfigMap nowhere/lost: 404 NotFound: namespaces \"nowhere\" not found", output);
    }

    [Fact]
    public async Task A_server_that_goes_away_in_the_middle_is_waited_for_and_hundreds_of_objects_need_little_memory()
    {
        for (var number = 0; number < 400; number++)
        {
            Assets.WriteManifest($"many-{number}.yaml", $$"""{ apiVersion: v1, kind: ConfigMap, metadata: { name: many-{{number}}, namespace: {{Assets.Workloads}} } }""");
        }

        using var client = Server.Client();
        await using var program = await NodeProgram.StartAsync(Stop, Apply);
        await foreach (var _ in client.CoreV1.WatchListNamespacedConfigMapAsync(Assets.Workloads, cancellationToken: Stop).Take(20))
        {
            // Twenty are there: in the middle.
        }

        await Server.StopAsync();
        await program.SaysAsync("Not accepted yet", Stop);
        await Server.RestartAsync(Stop);
        await program.SaysAsync($"Applied {TestAssets.Count + 400} objects", Stop);
        await program.SaysAsync("Waiting", Stop);
        Assert.InRange(program.PeakMemory, 1 << 20, MostMemory);
        // What has kept them all is told a few times at most, and not by each.
        Assert.InRange(program.Output.Split("Not accepted yet").Length - 1, 1, 20);
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);

        Assert.Equal(0, await program.ExitCodeAsync(Stop));
    }

    [Fact]
    public async Task A_pod_that_never_gets_its_image_ends_the_wait_with_its_words()
    {
        using var client = Server.Client();
        await using var program = await NodeProgram.StartAsync(Stop, Apply);
        await program.SaysAsync("Waiting", Stop);
        var crashing = PlayedControllers.Container("kube-scheduler", new() { Waiting = new() { Reason = "CrashLoopBackOff", Message = "back-off" } }, restarts: 5);
        await PlayedControllers.CreatePodAsync(client, "kube-scheduler", "ReplicaSet", new() { HostIP = "127.0.0.1", ContainerStatuses = [crashing] }, Stop);

        Assert.Equal(1, await program.ExitCodeAsync(Stop));
        Assert.Contains("pod kube-scheduler-1 of kube-scheduler will not run: CrashLoopBackOff after 5 restarts", program.Output);
    }

    /// <summary>The pod NAME-1, deleted, whose kubelet has said that it runs no more.</summary>
    private static async Task CreateEndedPodAsync(k8s.Kubernetes client, string name)
    {
        await PlayedControllers.CreatePodAsync(client, name, "ReplicaSet", new() { ContainerStatuses = [PlayedControllers.Container(name, new() { Terminated = new() { ExitCode = 0 } })] }, Stop);
        await client.CoreV1.DeleteNamespacedPodAsync($"{name}-1", "kube-system", gracePeriodSeconds: 30, cancellationToken: Stop);
    }

    private static Task GoneAsync(k8s.Kubernetes client, params string[] pods) => new Wait(TimeProvider.System, _ => { }).UntilAsync(
        "the ended pods to go",
        TimeSpan.FromSeconds(20),
        TimeSpan.FromMilliseconds(100),
        async token =>
        {
            var there = (await client.CoreV1.ListNamespacedPodAsync("kube-system", cancellationToken: token)).Items.Select(pod => pod.Name()).ToList();
            return new(!there.Intersect(pods).Any(), string.Join(", ", there));
        },
        cancellationToken: Stop);

    /// <summary>So that there is something to roll out.</summary>
    private void ChangeScheduler()
    {
        var file = Path.Combine(Assets.Folder, "manifests", "kube-scheduler.yaml");
        File.WriteAllText(file, File.ReadAllText(file).Replace("test/kube-scheduler", "test/kube-scheduler:2", StringComparison.Ordinal));
    }

    /// <summary>A run that has applied everything, and has seen it rolled out.</summary>
    private async Task<NodeProgram> AppliedAsync(k8s.Kubernetes client)
    {
        var program = await NodeProgram.StartAsync(Stop, Apply);
        await program.SaysAsync("Waiting ≤ 20 min for the self-hosted control plane", Stop);
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);
        Assert.Equal(0, await program.ExitCodeAsync(Stop));
        return program;
    }
}
