using KubePivot.Resuming;
using Nuke.Common;
using Nuke.Common.Execution;

namespace KubePivot.Execution;

/// <summary>
/// Skips what is done. A target is skipped while its marker's fingerprint holds, or by a hand-made <c>TARGET.skip</c>; the summary
/// says why. The marker of a target that begins is removed first, and written anew when it has ended well: a kill leaves none.
/// </summary>
internal sealed class ResumeFromMarkersAttribute : BuildExtensionAttributeBase, IOnBuildInitialized, IOnTargetRunning, IOnTargetSkipped, IOnTargetSucceeded
{
    private readonly Dictionary<string, MarkerDecision> decisions = [];

    private IPipeline Pipeline => (IPipeline)Build;

    public void OnBuildInitialized(IReadOnlyCollection<ExecutableTarget> executableTargets, IReadOnlyCollection<ExecutableTarget> executionPlan)
    {
        if (executionPlan.Any(HasMarker))
        {
            // What is wrong with the input must be known before anything runs.
            Failures.Guard(Build, Pipeline.CheckInput);
        }

        foreach (var target in executionPlan)
        {
            target.DynamicConditions.Add(("not done", () => !Failures.Guard(Build, () => Decide(target)).Skips));
        }
    }

    public void OnTargetRunning(ExecutableTarget target)
    {
        if (HasMarker(target))
        {
            Log.Debug("Runs because: {Reason:l}", decisions[target.Name].Reason);
            Failures.Guard(Build, () => Pipeline.Markers.Delete(target.Name));
        }
    }

    public void OnTargetSucceeded(ExecutableTarget target)
    {
        if (HasMarker(target))
        {
            Failures.Guard(Build, () => Pipeline.Markers.Save(new Marker(
                target.Name, DateTimeOffset.UtcNow, Math.Round(target.Duration.TotalSeconds, 3), Pipeline.Inputs.Fingerprint(target.Name))));
        }
    }

    public void OnTargetSkipped(ExecutableTarget target)
    {
        if (decisions.GetValueOrDefault(target.Name) is { Skips: true } decision)
        {
            target.SummaryInformation.Remove(nameof(target.OnlyWhen));
            target.SummaryInformation["skipped"] = decision.Reason;
        }
    }

    private static bool HasMarker(ExecutableTarget target) => TargetInputs.MarkedTargets.Contains(target.Name);

    private MarkerDecision Decide(ExecutableTarget target)
    {
        var forced = Pipeline.IsForced(target);
        var marker = HasMarker(target) && !forced ? Pipeline.Markers.Load(target.Name) : null;
        return decisions[target.Name] = MarkerDecision.Of(
            marker, Pipeline.Markers.HasSkipFile(target.Name), forced, () => Pipeline.Inputs.Fingerprint(target.Name));
    }
}
