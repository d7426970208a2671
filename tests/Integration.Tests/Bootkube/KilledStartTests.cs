namespace KubePivot.Integration.Tests.Bootkube;

/// <summary><c>bootkube start</c>, killed as by a power cut at one step after the other; each run takes up what the last one left.</summary>
public sealed class KilledStartTests
{
    /// <summary>The steps, by the words that begin or end them.</summary>
    private static readonly string[] Steps =
    [
        "its container has not started yet",
        "The temporary API server is ready.",
        $"Applied {TestAssets.Count - TestAssets.Late} objects",
        $"Applied {TestAssets.Late} objects",
        "Removed the temporary controller manager and scheduler.",
        "Removed the temporary API server.",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_each_of_its_steps_it_is_taken_up_by_the_next_run_and_the_last_one_ends_well()
    {
        await using var node = await PlayedNode.CreateAsync(Stop, kubeletHangs: true);
        List<string> outputs = [];
        foreach (var step in Steps)
        {
            await using var program = await NodeProgram.StartAsync(Stop, node.Start);
            await program.SaysAsync(step, Stop);
            await program.SignalAsync("KILL");
            Assert.Equal(128 + 9, await program.ExitCodeAsync(Stop));
            outputs.Add(program.Output);
            if (step == Steps[0])
            {
                File.AppendAllText(Path.Combine(node.Manifests, "bootstrap-scheduler.yaml"), "# half an old one\n");
                node.LetKubeletGoOn();
            }
        }

        var (code, output) = await NodeProgram.RunAsync(Stop, node.Start);

        Assert.True(code == 0, output);
        Assert.Contains("Connection refused", outputs[0]);
        Assert.Contains("bootstrap-apiserver.yaml adopted, bootstrap-controller-manager.yaml adopted, bootstrap-scheduler.yaml replaced", outputs[1]);
        Assert.Contains($"{TestAssets.Late} unchanged.", output);
        Assert.DoesNotContain("warning", output);
        await node.AssertPivotedAsync(Stop);
    }
}
