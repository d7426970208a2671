using Nuke.Common.Execution;

namespace KubePivot.Execution;

/// <summary>Puts every target's work under <see cref="Failures"/>, and the error's first line into the summary.</summary>
internal sealed class TellFailuresAttribute : BuildExtensionAttributeBase, IOnBuildInitialized
{
    public void OnBuildInitialized(IReadOnlyCollection<ExecutableTarget> executableTargets, IReadOnlyCollection<ExecutableTarget> executionPlan)
    {
        foreach (var target in executionPlan)
        {
            for (var i = 0; i < target.Actions.Count; i++)
            {
                var action = target.Actions[i];
                target.Actions[i] = () => Run(target, action);
            }
        }
    }

    private void Run(ExecutableTarget target, Action action)
    {
        try
        {
            Failures.Guard(Build, action, ((IPipeline)Build).DiagnosisOf(target));
        }
        catch (Exception exception)
        {
            // The engine would show the exception's type, which says nothing to a person.
            target.SummaryInformation["error"] = exception.Message.Split('\n')[0].TrimEnd();
            throw;
        }
    }
}
