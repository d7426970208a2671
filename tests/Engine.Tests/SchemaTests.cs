namespace KubePivot.Engine;

public sealed class SchemaTests
{
    [Fact]
    public async Task The_schema_of_the_parameters_is_the_one_that_NUKE_writes()
    {
        using var folder = new BuildFolder();
        await folder.RunAsync("Engine.Sample.dll", ["--help"]);
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "build.schema.json.golden")),
            await File.ReadAllTextAsync(folder[".nuke/build.schema.json"]));
    }

    [Fact]
    public async Task A_schema_older_than_the_build_is_made_anew()
    {
        using var folder = new BuildFolder();
        await File.WriteAllTextAsync(folder[".nuke/build.schema.json"], "{}");
        File.SetLastWriteTimeUtc(folder[".nuke/build.schema.json"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await folder.RunAsync("Engine.Sample.dll", ["--help"]);
        Assert.Contains("OutputPath", await File.ReadAllTextAsync(folder[".nuke/build.schema.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_parameters_file_is_made()
    {
        using var folder = new BuildFolder();
        await folder.RunAsync("Engine.Sample.dll", ["--help"]);
        Assert.Contains("./build.schema.json", await File.ReadAllTextAsync(folder[".nuke/parameters.json"]), StringComparison.Ordinal);
    }
}
