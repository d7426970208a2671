namespace KubePivot.Engine;

/// <summary>This project's own build, run as a whole: what it makes of a call.</summary>
public sealed class CallTests : IDisposable
{
    private readonly BuildFolder folder = PipelineRuns.NewFolder();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--forse", "--forse: is no option; did you mean --force?")]
    [InlineData("--timeout=3", "--timeout=3: write --timeout 3, without =")]
    [InlineData("--timeout abc", "--timeout 'abc': must be a whole number")]
    [InlineData("--output jsn", "--output 'jsn': must be one of text, json; did you mean 'json'?")]
    [InlineData("--provider", "--provider: needs a value")]
    [InlineData("--force maybe", "--force 'maybe': must be true or false; the option alone means true")]
    [InlineData("--force RenderAssets", "--force 'RenderAssets': targets come before the first option: ./build.sh RenderAssets --force")]
    public async Task A_wrong_call_is_refused_before_anything_runs(string options, string told)
    {
        var (exitCode, output) = await folder.RunAsync(["GeneratePki", .. options.Split(' ')]);
        Assert.Equal(2, exitCode);
        Assert.Equal($"Nothing was run: the call has errors (see ./build.sh --help).\n  - {told}\n", output.ReplaceLineEndings("\n"));
        Assert.False(Directory.Exists(folder[".cluster"]));
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        var (_, output) = await folder.RunAsync("GeneratePki", "--provder", "lxc", "--timeout", "soon");
        Assert.Contains("--provder: is no option; did you mean --provider?", output, StringComparison.Ordinal);
        Assert.Contains("--timeout 'soon'", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_value_in_the_environment_is_refused()
    {
        var (exitCode, output) = await folder.RunAsync("_build.dll", ["GeneratePki"], new Dictionary<string, string> { ["NUKE_TIMEOUT"] = "soon" });
        Assert.Equal(2, exitCode);
        Assert.Contains("Timeout, from the environment or a parameters file: must be a whole number", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_value_in_parameters_json_is_refused()
    {
        File.WriteAllText(folder[".nuke/parameters.json"], """{ "Output": "xml" }""");
        var (exitCode, output) = await folder.RunAsync("GeneratePki");
        Assert.Equal(2, exitCode);
        Assert.Contains("Output, from the environment or a parameters file: must be one of text, json", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--verbosity", "loud")]
    [InlineData("--host", "nowhere")]
    public async Task What_the_engine_reads_first_is_refused_in_words(string option, string value)
    {
        var (exitCode, output) = await folder.RunAsync("GeneratePki", option, value);
        Assert.Equal(2, exitCode);
        Assert.Contains($"'{value}'", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_a_root_is_refused_in_words()
    {
        using var elsewhere = new BuildFolder();
        Directory.Delete(elsewhere[".nuke"]);
        var (exitCode, output) = await elsewhere.RunAsync("GeneratePki");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("Could not locate '.nuke' directory/file", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_cluster_yaml_is_refused_with_all_its_problems_before_anything_runs()
    {
        File.WriteAllText(folder["cluster.yaml"], "nam: x\nnetwork: { podCidr: nonsense }\n");
        var (exitCode, output) = await folder.GeneratePkiAsync();
        Assert.Equal(2, exitCode);
        Assert.Contains("nam", output, StringComparison.Ordinal);
        Assert.Contains("network.podCidr 'nonsense'", output, StringComparison.Ordinal);
        Assert.Contains("NotRun", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder[".cluster"]));
    }

    [Theory]
    [InlineData("--token-duration 5m", "--token-duration '5m': must be at least 10m")]
    [InlineData("--provider virtualbx", "--provider 'virtualbx'")]
    [InlineData("--source debain", "--source 'debain'")]
    [InlineData("--ignore-preflight Mem,Swop", "--ignore-preflight 'Swop': is no check of Preflight")]
    public async Task A_value_that_a_later_stage_would_refuse_is_refused_before_anything_runs(string options, string told)
    {
        var (exitCode, output) = await folder.RunAsync(["Bootstrap", .. options.Split(' ')]);
        Assert.Equal(2, exitCode);
        Assert.Contains(told, output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder[".cluster"]));
    }

    [Fact]
    public async Task Status_as_JSON_leaves_standard_output_to_the_document()
    {
        var (exitCode, output) = await folder.RunAsync("Status", "--provider", "lxc", "--output", "json");
        Assert.True(exitCode == 0, output);
        using var document = System.Text.Json.JsonDocument.Parse(folder.StandardOutput);
        Assert.Equal("tds", document.RootElement.GetProperty("cluster").GetProperty("name").GetString());
        Assert.Contains("Build succeeded", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diagnose_works_with_nothing_there()
    {
        var (exitCode, output) = await folder.RunAsync("Diagnose", "--provider", "lxc", "--source", "debian");
        Assert.True(exitCode == 0, output);
        Assert.Contains("No machine exists yet", output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder["support"], "tds-*.tar.gz"));
        Assert.False(Directory.Exists(folder[".cluster"]));
    }

    [Fact]
    public async Task The_plan_is_printed_and_written_as_a_page()
    {
        var (exitCode, output) = await folder.RunAsync("--plan");
        Assert.Equal(0, exitCode);
        var names = output.Split('\n').Where(line => line.Contains(". ", StringComparison.Ordinal)).Select(line => line.Split('.')[1].Trim().Split(' ')[0]);
        Assert.Equal(["Preflight", "GeneratePki", "RenderAssets", "FetchKubernetes", "VagrantUp", "CopyAssets", "StartBootkube", "RemoveNodes", "WaitForPods", "PrintToken"], names);
        Assert.Contains("<li><b>CopyAssets</b>", await File.ReadAllTextAsync(folder[".nuke/temp/execution-plan.html"]), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder[".cluster"]));
    }

    [Fact]
    public async Task A_target_named_alone_brings_what_it_depends_on()
    {
        var (_, output) = await folder.RunAsync("CopyAssets", "--plan");
        Assert.Contains("2. GeneratePki", output, StringComparison.Ordinal);
        Assert.Contains("6. CopyAssets", output, StringComparison.Ordinal);
        Assert.DoesNotContain("StartBootkube", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Destroy_and_Bootstrap_together_destroy_first()
    {
        var (_, output) = await folder.RunAsync("Bootstrap", "Destroy", "--plan");
        Assert.Contains("1. Destroy", output, StringComparison.Ordinal);
        Assert.Contains("11. PrintToken", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_target_is_answered_with_those_there_are()
    {
        var (exitCode, output) = await folder.RunAsync("Bootstrp");
        Assert.Equal(255, exitCode);
        Assert.Contains("  - Bootstrap", output, StringComparison.Ordinal);
    }
}
