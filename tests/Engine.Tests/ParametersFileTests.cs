namespace KubePivot.Engine;

public sealed class ParametersFileTests
{
    [Fact]
    public async Task A_value_of_the_wrong_type_is_a_warning_and_the_member_keeps_its_own()
    {
        using var folder = new BuildFolder();
        File.WriteAllText(folder[".nuke/parameters.json"], """{ "Retries": "abc" }""");
        var (exitCode, output) = await folder.RunAsync("Engine.Sample.dll", ["A", "--no-logo"]);
        Assert.Equal(0, exitCode);
        Assert.Contains("[WRN] Could not inject value for Build.Retries", output, StringComparison.Ordinal);
        Assert.Contains(" Retries=3 ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_without_a_file_ends_the_build()
    {
        using var folder = new BuildFolder();
        var (exitCode, output) = await folder.RunAsync("Engine.Sample.dll", ["A", "--profile", "nope", "--no-logo"]);
        Assert.Equal(255, exitCode);
        Assert.Contains($"Expected file to exist: {folder[".nuke/parameters.nope.json"]}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_JSON_is_told_with_its_file()
    {
        using var folder = new BuildFolder();
        File.WriteAllText(folder[".nuke/parameters.json"], "Retries: 3");
        var (exitCode, output) = await folder.RunAsync("Engine.Sample.dll", ["A", "--no-logo"]);
        Assert.Equal(255, exitCode);
        Assert.StartsWith($"{folder[".nuke/parameters.json"]} is no JSON: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_spelled_exactly_as_in_the_build()
    {
        using var folder = new BuildFolder();
        File.WriteAllText(folder[".nuke/parameters.json"], """{ "retries": 5 }""");
        var (_, output) = await folder.RunAsync("Engine.Sample.dll", ["A", "--no-logo"]);
        Assert.Contains(" Retries=3 ", output, StringComparison.Ordinal);
    }
}
