using System.Text.Json;
using KubePivot.Resuming;
using KubePivot.Stages;
using KubePivot.Tests.Assets;
using KubePivot.Tests.Kubernetes;

namespace KubePivot.Tests.Status;

public sealed class StatusStageTests : IAsyncDisposable
{
    private readonly FakeCluster cluster = new();
    private string artifacts = "complete";

    private MarkerStore Markers => new(cluster.Paths.Markers);

    private TargetInputs Inputs => new(Scenarios.ThreeAndOne(), cluster.Paths, Markers, new HostState
    {
        PkiState = () => "pki",
        Release = () => "v1.20.2 from debian",
        ArtifactState = () => artifacts,
        MachineState = () => "four run",
        BootkubeBinary = () => "/no/bootkube",
    });

    [Fact]
    public async Task With_nothing_there_it_works_and_changes_nothing()
    {
        Directory.Delete(cluster.Paths.State, recursive: true);

        var report = await RunAsync();

        Assert.Equal("there is no kubeconfig yet", report.GetProperty("api").GetProperty("trouble").GetString());
        Assert.All(report.GetProperty("targets").EnumerateArray(), target => Assert.Equal("not done yet", target.GetProperty("reason").GetString()));
        Assert.All(report.GetProperty("machines").EnumerateArray(), machine => Assert.Equal("absent", machine.GetProperty("state").GetString()));
        Assert.False(Directory.Exists(cluster.Paths.State));
    }

    [Fact]
    public async Task A_cluster_that_runs_is_seen_through_its_API()
    {
        cluster.PutGoodCluster();
        cluster.Server.Pods.Put(Objects.Waiting("kube-proxy-abcde", "CrashLoopBackOff", 7));
        cluster.Server.Nodes.Put(Objects.Node("stranger"));
        cluster.Server.Answers["GET /version/"] = _ => (System.Net.HttpStatusCode.OK, """{"major":"1","minor":"20","gitVersion":"v1.20.2"}""");

        var api = (await RunAsync()).GetProperty("api");

        Assert.Equal(("v1.20.2", null), (api.GetProperty("version").GetString(), api.GetProperty("trouble").GetString()));
        Assert.Equal((3, 1), (api.GetProperty("podCount").GetInt32(), api.GetProperty("podsInTrouble").GetArrayLength()));
        Assert.Equal(["", "", "", "", "not in cluster.yaml"], api.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("trouble").GetString() ?? ""));
    }

    [Fact]
    public async Task An_API_that_refuses_is_a_finding()
    {
        for (var time = 0; time < 3; time++)
        {
            cluster.Server.RefuseNext(System.Net.HttpStatusCode.Unauthorized, "who are you");
        }

        Assert.Equal("401 who are you", (await RunAsync()).GetProperty("api").GetProperty("trouble").GetString());
    }

    [Fact]
    public async Task Targets_after_one_that_runs_are_skipped_only_if_that_changes_nothing()
    {
        foreach (var target in TargetInputs.MarkedTargets)
        {
            Markers.Save(new Marker(target, DateTimeOffset.UnixEpoch, 1, Inputs.Fingerprint(target)));
        }

        Assert.All((await RunAsync()).GetProperty("targets").EnumerateArray(), target => Assert.Equal((true, "done 1970-01-01 00:00Z"), (target.GetProperty("isSkipped").GetBoolean(), target.GetProperty("reason").GetString())));

        artifacts = "gone";
        var targets = (await RunAsync()).GetProperty("targets");

        Assert.Equal([true, true, false, false, false, false, false], targets.EnumerateArray().Select(target => target.GetProperty("isSkipped").GetBoolean()));
        Assert.Equal("its inputs changed", targets[2].GetProperty("reason").GetString());
        Assert.Equal("done 1970-01-01 00:00Z, but FetchKubernetes runs before it: skipped only if that changes nothing", targets[3].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_marker_with_rubbish_in_it_is_named_and_no_failure()
    {
        Directory.CreateDirectory(cluster.Paths.Markers);
        await File.WriteAllTextAsync(Path.Combine(cluster.Paths.Markers, "RenderAssets.done"), "rubbish", TestContext.Current.CancellationToken);

        Assert.Contains("RenderAssets.done is no marker of RenderAssets", (await RunAsync()).GetProperty("targets")[1].GetProperty("reason").GetString());
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    /// <summary>On a slow clock: a busy machine must not run into the bound of the look at the API.</summary>
    private async Task<JsonElement> RunAsync()
    {
        using var output = new StringWriter();
        await new StatusStage(cluster.Context with { Clock = new FastClock(0.1) }, Markers, Inputs, () => "v1.20.2 from debian", json: true, output).RunAsync();
        return JsonDocument.Parse(output.ToString()).RootElement;
    }
}
