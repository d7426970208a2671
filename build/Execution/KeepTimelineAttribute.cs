using Nuke.Common.Execution;

namespace KubePivot.Execution;

/// <summary>Records each target in the timeline, with the steps that its stage reported.</summary>
internal sealed class KeepTimelineAttribute : BuildExtensionAttributeBase, IOnTargetRunning, IOnTargetSucceeded, IOnTargetFailed
{
    private Timeline Timeline => ((IPipeline)Build).Timeline;

    public void OnTargetRunning(ExecutableTarget target) => Timeline.Begin(target.Name);

    public void OnTargetSucceeded(ExecutableTarget target) => Timeline.End();

    public void OnTargetFailed(ExecutableTarget target) => Timeline.End();
}
