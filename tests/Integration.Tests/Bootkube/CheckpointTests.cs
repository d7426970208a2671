using System.Text.Json;
using KubePivot.Waiting;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary><c>bootkube checkpoint</c> with the rights of a node, against a real API server and a real containerd.</summary>
public sealed class CheckpointTests
{
    private const string First = "kube-apiserver-aaaaa";

    private const string Second = "kube-apiserver-bbbbb";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_is_kept_runs_while_there_is_no_API_ends_when_its_pod_is_Ready_and_goes_with_it()
    {
        await using var node = await NodeAsync();
        await node.BindAsync(First);
        var first = await node.RunAsync(First);
        await using var program = await node.CheckpointAsync();
        await program.SaysAsync("The container runtime answers.", Stop);
        Assert.False(File.Exists(node.Inactive), "a copy of a pod that is not Ready");

        await node.ReportReadyAsync(First, first.Container);
        await program.SaysAsync("kube-system/kube-apiserver: copy written, for its first copy.", Stop);
        using (var copy = JsonDocument.Parse(await File.ReadAllTextAsync(node.Inactive, Stop)))
        {
            Assert.Equal(First, copy.RootElement.GetProperty("metadata").GetProperty("name").GetString());
            Assert.Equal("--secure-port=6444", copy.RootElement.GetProperty("spec").GetProperty("containers")[0].GetProperty("command")[1].GetString());
            Assert.Equal("first", KeyOf(node, copy));
        }

        // The API is away, the pod is not: as with an etcd without quorum.
        await node.StopApiAsync();
        await program.SaysAsync("The API is away", Stop);
        await Task.Delay(TimeSpan.FromSeconds(5), Stop);
        Assert.False(File.Exists(node.Active), "a copy beside its pod that runs");

        await node.EndAsync(first.Sandbox);
        await program.SaysAsync("copy activated, for the API has been away", Stop);
        Assert.True(File.Exists(node.Active));

        // A new pod of the same workload takes over, of which the API says for a while what was true before.
        await node.StartApiAsync();
        await program.SaysAsync("The API answers.", Stop);
        await Task.Delay(TimeSpan.FromSeconds(3), Stop);
        Assert.True(File.Exists(node.Active), "no pod runs, whatever the API says");
        var again = await node.RunAsync(First);
        await node.ReportReadyAsync(First, again.Container);
        await program.SaysAsync($"copy deactivated, for {First} is Ready.", Stop);

        await node.DeletePodAsync(First);
        await program.SaysAsync("copy removed, for the API says that its pod is gone for good.", Stop);
        await new Wait(TimeProvider.System, _ => { }).UntilAsync("what the copy held is gone", TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(100), _ =>
        {
            var left = Directory.GetFileSystemEntries(Path.Combine(node.Root, "etc/kubernetes/checkpoint-secrets"));
            return Task.FromResult(new Observation(left.Length == 0, string.Join(' ', left)));
        });
        Assert.InRange(program.PeakMemory, 1, 120 << 20);
    }

    [Fact]
    public async Task A_new_revision_takes_its_predecessors_copys_place_once_it_is_Ready()
    {
        await using var node = await NodeAsync();
        await node.BindAsync(First);
        var first = await node.RunAsync(First);
        await node.ReportReadyAsync(First, first.Container);
        await using var program = await node.CheckpointAsync();
        await program.SaysAsync("copy written, for its first copy.", Stop);

        await node.DeletePodAsync(First);
        await node.EndAsync(first.Sandbox);
        await node.WriteSecretAsync("second");
        await node.BindAsync(Second);
        var second = await node.RunAsync(Second);
        await node.ReportReadyAsync(Second, second.Container);

        // A look that began before the first had gone may still write that one's copy anew.
        await new Wait(TimeProvider.System, _ => { }).UntilAsync("the copy of the second alone", TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(100), async stop =>
        {
            using var found = JsonDocument.Parse(await File.ReadAllTextAsync(node.Inactive, stop));
            var folders = Directory.GetDirectories(Path.Combine(node.Root, "etc/kubernetes/checkpoint-secrets/kube-system")).Select(Path.GetFileName).ToList();
            var name = found.RootElement.GetProperty("metadata").GetProperty("name").GetString();
            return new(name == Second && folders is [Second], $"{name}, with folders {string.Join(' ', folders)}");
        }, cancellationToken: Stop);

        using var copy = JsonDocument.Parse(await File.ReadAllTextAsync(node.Inactive, Stop));
        Assert.Equal("second", KeyOf(node, copy));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(node.Inactive)!));
    }

    [Fact]
    public async Task Killed_at_any_moment_it_leaves_a_whole_copy_or_none()
    {
        await using var node = await NodeAsync();
        await node.BindAsync(First);
        var first = await node.RunAsync(First);
        await node.ReportReadyAsync(First, first.Container);
        var random = new Random(4);
        for (var round = 0; round < 12; round++)
        {
            await node.WriteSecretAsync($"content {round}");
            await using (var program = await node.CheckpointAsync())
            {
                await Task.Delay(random.Next(200, 700), Stop);
                await program.SignalAsync("KILL");
                await program.ExitCodeAsync(Stop);
            }

            if (File.Exists(node.Inactive))
            {
                using var copy = JsonDocument.Parse(await File.ReadAllTextAsync(node.Inactive, Stop));
                Assert.StartsWith("content ", KeyOf(node, copy), StringComparison.Ordinal);
            }
        }

        await node.WriteSecretAsync("the last");
        await using var last = await node.CheckpointAsync();
        await last.SaysAsync("copy written", Stop);
        using var whole = JsonDocument.Parse(await File.ReadAllTextAsync(node.Inactive, Stop));
        Assert.Equal("the last", KeyOf(node, whole));
    }

    [Fact]
    public async Task Of_two_one_works_and_the_other_goes_on_when_it_is_killed()
    {
        await using var node = await NodeAsync();
        await using var one = await node.CheckpointAsync();
        await one.SaysAsync("Keeping the copies of master01.", Stop);
        await using var other = await node.CheckpointAsync();
        await other.SaysAsync("Another pod-checkpointer is at work on this node", Stop);
        Assert.DoesNotContain("Keeping", other.Output);

        await one.SignalAsync("KILL");
        await one.ExitCodeAsync(Stop);

        await other.SaysAsync("Keeping the copies of master01.", Stop);
        var (code, output) = await NodeProgram.RunAsync(Stop, "checkpoint-health", $"--heartbeat={Path.Combine(node.Root, "alive")}");
        Assert.True(code == 0, output);
        Assert.Equal(1, (await NodeProgram.RunAsync(Stop, "checkpoint-health", $"--heartbeat={Path.Combine(node.Root, "dead")}")).ExitCode);
    }

    private static async Task<CheckpointedNode> NodeAsync()
    {
        Assert.SkipWhen(CheckpointedNode.Unavailable != null, CheckpointedNode.Unavailable ?? "");
        return await CheckpointedNode.StartAsync();
    }

    /// <summary>What the copy would read as its Secret.</summary>
    private static string KeyOf(CheckpointedNode node, JsonDocument copy)
    {
        var folder = node.Root + copy.RootElement.GetProperty("spec").GetProperty("volumes")[0].GetProperty("hostPath").GetProperty("path").GetString();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "tls.key")));
        return File.ReadAllText(Path.Combine(folder, "tls.key"));
    }
}
