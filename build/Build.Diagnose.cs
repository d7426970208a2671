using KubePivot.Commands;
using KubePivot.Execution;
using KubePivot.Stages;
using Nuke.Common;
using Nuke.Common.Execution;
using Nuke.Common.IO;

partial class Build
{
    [Parameter("Diagnose: the folder for the support bundle. Default is support, beside cluster.yaml")]
    readonly AbsolutePath SupportTo = RootDirectory / "support";

    Target Diagnose => _ => _
        .Description("Gathers what there is to know of a cluster in trouble into one file, without secrets")
        .Executes(DiagnoseAsync);

    /// <summary>These have clusters of their own, or none, or are about to end one.</summary>
    string? IPipeline.DiagnosisOf(ExecutableTarget target) =>
        new Target[] { Diagnose, Status, Test, Soak, Benchmark, Destroy }.Contains((Target)target.Factory) || !DiagnoseStage.MachinesExist(Paths)
            ? null
            : $"./build.sh {nameof(Diagnose)}{(ClusterFile == RootDirectory / "cluster.yaml" ? "" : $" --cluster-file {LocalCommand.Quoted(ClusterFile)}")}{(Provider == null ? "" : $" --provider {Provider}")}";

    async Task DiagnoseAsync() => await new DiagnoseStage(Context, new DiagnoseOptions
    {
        Folder = SupportTo,
        BuildLogs = TemporaryDirectory,
        BuildSteps = Timeline.Moments(),
        Status = output => new StatusStage(Context, Markers, ((IPipeline)this).Inputs, () => Release.ToString(), output: output).RunAsync(),
        Release = () => Release,
    }).RunAsync();
}
