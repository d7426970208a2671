namespace KubePivot.Engine;

/// <summary>Runs of this project's own build in a folder of its own.</summary>
internal static class PipelineRuns
{
    /// <summary>A folder with a cluster.yaml that leaves everything at its default.</summary>
    public static BuildFolder NewFolder()
    {
        var folder = new BuildFolder();
        File.WriteAllText(folder["cluster.yaml"], "name: tds\n");
        return folder;
    }

    public static Task<(int ExitCode, string Output)> RunAsync(this BuildFolder folder, params string[] arguments) =>
        folder.RunAsync("_build.dll", [.. arguments, "--no-logo"]);

    public static Task<(int ExitCode, string Output)> GeneratePkiAsync(this BuildFolder folder, params string[] options) =>
        folder.RunAsync(["GeneratePki", "--provider", "lxc", .. options]);
}
