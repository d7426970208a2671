using KubePivot.Execution;
using KubePivot.Preflight;
using KubePivot.Status;
using Nuke.Common;

partial class Build
{
    [Parameter("Preflight: checks whose errors are only told, by their names, separated by commas; all: every one", Separator = ",")]
    readonly string[] IgnorePreflight = [];

    IReadOnlySet<string> IgnoredChecks => CheckNames.Parse("--ignore-preflight", IgnorePreflight);

    /// <summary>Whether this run may change a machine, or was asked to look at them. Where all is done, nothing needs to be looked at.</summary>
    bool ChangesMachines => InvokedTargets.Contains(Preflight)
        || Force
        || TargetStatuses.Of(Markers, ((IPipeline)this).Inputs).Any(target => !target.IsSkipped && target.Name != nameof(WaitForPods));
}
