using Nuke.Common.Execution;

namespace KubePivot.Execution;

/// <summary>With <c>--output json</c>, everything that the engine says goes to standard error: standard output holds the document alone.</summary>
internal sealed class KeepStandardOutputForJsonAttribute : BuildExtensionAttributeBase, IOnBuildCreated
{
    /// <summary>After the members have their values (100), before the engine prints its first line.</summary>
    public override float Priority { get; set; } = 50;

    public void OnBuildCreated(IReadOnlyCollection<ExecutableTarget> executableTargets)
    {
        if (((IPipeline)Build).PrintsJson)
        {
            Console.SetOut(Console.Error);
        }
    }
}
