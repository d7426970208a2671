using System.Text.Json;
using System.Text.RegularExpressions;

namespace KubePivot.Engine;

/// <summary>This project's own build, run as a whole: skipping by markers.</summary>
public sealed class ResumingTests : IDisposable
{
    private const string Marker = ".cluster/markers/GeneratePki.done";

    private const string Leaf = ".cluster/pki/apiserver.crt";

    private readonly BuildFolder folder = PipelineRuns.NewFolder();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_is_done_is_skipped_and_the_summary_says_since_when()
    {
        Assert.Equal(0, (await folder.GeneratePkiAsync()).ExitCode);
        var leaf = File.ReadAllText(folder[Leaf]);
        var (exitCode, output) = await folder.GeneratePkiAsync();
        Assert.Equal(0, exitCode);
        Assert.Matches(new Regex(@"GeneratePki\s+Skipped\s+// skipped: done \d{4}-\d\d-\d\d \d\d:\d\dZ"), output);
        Assert.DoesNotContain("║ GeneratePki", output, StringComparison.Ordinal);
        Assert.Equal(leaf, File.ReadAllText(folder[Leaf]));
    }

    [Fact]
    public async Task A_changed_input_runs_the_target_again()
    {
        await folder.GeneratePkiAsync();
        File.WriteAllText(folder["cluster.yaml"], "domain: example.org\n");
        var (exitCode, output) = await folder.GeneratePkiAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains("Runs because: its inputs changed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Force_runs_the_named_target_again_and_keeps_the_authorities()
    {
        await folder.GeneratePkiAsync();
        var (leaf, authority) = (File.ReadAllText(folder[Leaf]), File.ReadAllText(folder[".cluster/pki/ca.crt"]));
        Assert.Equal(0, (await folder.GeneratePkiAsync("--force")).ExitCode);
        Assert.NotEqual(leaf, File.ReadAllText(folder[Leaf]));
        Assert.Equal(authority, File.ReadAllText(folder[".cluster/pki/ca.crt"]));
        Assert.Contains("Skipped", (await folder.GeneratePkiAsync()).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_authorities_asked_for_are_made_although_all_is_done()
    {
        await folder.GeneratePkiAsync();
        var authority = File.ReadAllText(folder[".cluster/pki/ca.crt"]);
        Assert.Equal(0, (await folder.GeneratePkiAsync("--rotate-ca")).ExitCode);
        Assert.NotEqual(authority, File.ReadAllText(folder[".cluster/pki/ca.crt"]));
    }

    [Fact]
    public async Task A_hand_made_skip_file_wins_over_force()
    {
        Directory.CreateDirectory(folder[".cluster/markers"]);
        File.WriteAllText(folder[".cluster/markers/GeneratePki.skip"], "");
        var (exitCode, output) = await folder.GeneratePkiAsync("--force");
        Assert.Equal(0, exitCode);
        Assert.Contains("skipped: by its .skip file", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder[".cluster/pki"]));
    }

    [Fact]
    public async Task A_deleted_marker_runs_the_target_again_and_issues_nothing()
    {
        await folder.GeneratePkiAsync();
        var leaf = File.ReadAllText(folder[Leaf]);
        File.Delete(folder[Marker]);
        var (exitCode, output) = await folder.GeneratePkiAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains("Runs because: not done yet", output, StringComparison.Ordinal);
        Assert.Equal(leaf, File.ReadAllText(folder[Leaf]));
    }

    [Fact]
    public async Task A_target_that_fails_leaves_no_marker_and_exits_with_2_if_the_input_is_bad()
    {
        await folder.GeneratePkiAsync();
        File.WriteAllText(folder[".cluster/pki/ca.key"], "damaged");
        var (exitCode, output) = await folder.GeneratePkiAsync();
        Assert.Equal(2, exitCode);
        Assert.Contains("ca.key", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.False(File.Exists(folder[Marker]));
    }

    [Fact]
    public async Task Rubbish_in_a_marker_is_refused_with_the_way_out()
    {
        await folder.GeneratePkiAsync();
        File.WriteAllText(folder[Marker], "rubbish");
        var (exitCode, output) = await folder.GeneratePkiAsync();
        Assert.Equal(2, exitCode);
        Assert.Contains($"{folder[Marker]} is no marker of GeneratePki", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_folder_that_is_none_fails_in_words_and_with_1()
    {
        File.WriteAllText(folder[".cluster"], "");
        var (exitCode, output) = await folder.GeneratePkiAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains(folder[".cluster"], output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.Contains("   at ", (await folder.GeneratePkiAsync("--verbosity", "verbose")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".cluster/known_hosts", true)]
    [InlineData(".cluster/nothing-of-machines", false)]
    public async Task A_failure_says_how_to_find_out_more_once_there_are_machines(string file, bool offered)
    {
        await folder.GeneratePkiAsync();
        Directory.Delete(folder[".cluster/pki"], recursive: true);
        File.WriteAllText(folder[".cluster/pki"], "");
        File.WriteAllText(folder[file], "");
        var (exitCode, output) = await folder.GeneratePkiAsync();
        Assert.Equal(1, exitCode);
        Assert.Equal(offered, output.Contains("in one file: ./build.sh Diagnose --provider lxc\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_timeline_holds_the_target_and_its_steps()
    {
        await folder.GeneratePkiAsync();
        await folder.GeneratePkiAsync("--force");
        using var timeline = JsonDocument.Parse(await File.ReadAllTextAsync(folder[".cluster/timeline.json"]));
        var entries = timeline.RootElement.EnumerateArray().ToList();
        Assert.All(entries, entry => Assert.Equal("GeneratePki", entry.GetProperty("target").GetString()));
        Assert.All(entries, entry => Assert.True(entry.GetProperty("start").GetDateTimeOffset() <= entry.GetProperty("end").GetDateTimeOffset()));
        var targets = entries.Where(entry => !entry.TryGetProperty("step", out _)).ToList();
        Assert.Equal(2, targets.Count);
        Assert.All(targets, target => Assert.InRange(target.GetProperty("peakMemoryMib").GetDouble(), 10, 250));
        Assert.Contains(entries, entry => entry.TryGetProperty("step", out var step) && step.GetString() == "issue certificates");
    }
}
