using Serilog;

namespace Nuke.Common.Execution;

/// <summary>Works off the plan: what is skipped and why, what is required, and each target in turn.</summary>
internal sealed class BuildExecutor(NukeBuild build)
{
    /// <param name="skippedNames">Value of <c>--skip</c>; empty: every target that was not named; null: not given.</param>
    public void Execute(IReadOnlyCollection<string> skippedNames)
    {
        foreach (var target in build.ExecutionPlan.Where(target => IsSkipped(target, skippedNames)).ToList())
        {
            Skip(target, "via parameter");
        }

        foreach (var target in build.ExecutionPlan)
        {
            CheckConditions(target, target.StaticConditions);
        }

        Requirements.Validate(build);
        var attempt = BuildAttempt.Begin(build);
        try
        {
            foreach (var target in build.ExecutionPlan)
            {
                Execute(target, attempt, throws: !target.ProceedAfterFailure);
            }
        }
        catch
        {
            foreach (var target in build.ExecutionPlan.Where(target => target.AssuredAfterFailure && target.Status == ExecutionStatus.Scheduled))
            {
                Execute(target, attempt, throws: false);
            }

            throw;
        }
    }

    private static bool IsSkipped(ExecutableTarget target, IReadOnlyCollection<string> names) =>
        names != null
        && (names.Count == 0 || names.Any(name => name.Replace("-", "", StringComparison.Ordinal).Equals(target.Name, StringComparison.OrdinalIgnoreCase)));

    private void Execute(ExecutableTarget target, BuildAttempt attempt, bool throws)
    {
        if (target.Status == ExecutionStatus.Skipped || attempt.HasSucceeded(target) || CheckConditions(target, target.DynamicConditions))
        {
            target.Status = ExecutionStatus.Skipped;
            build.Raise<IOnTargetSkipped>(extension => extension.OnTargetSkipped(target), () => build.OnTargetSkipped(target.Name));
            return;
        }

        if (target.Actions.Count == 0)
        {
            target.Status = ExecutionStatus.Collective;
            return;
        }

        using var named = Logging.SetTarget(target.Name);
        using var block = build.WriteBlock(target.Name);
        target.Stopwatch.Start();
        target.Status = ExecutionStatus.Running;
        build.Raise<IOnTargetRunning>(extension => extension.OnTargetRunning(target), () => build.OnTargetRunning(target.Name));
        try
        {
            target.Actions.ForEach(action => action());
            target.Stopwatch.Stop();
            target.Status = ExecutionStatus.Succeeded;
            build.Raise<IOnTargetSucceeded>(extension => extension.OnTargetSucceeded(target), () => build.OnTargetSucceeded(target.Name));
            attempt.Succeeded(target);
        }
        catch (Exception exception)
        {
            exception = exception.Unwrap();
            if (target.SummaryInformation.Count == 0)
            {
                target.SummaryInformation[exception.GetType().Name] = exception.Message.ReplaceLineEndings("\n").Split('\n')[0];
            }

            Log.Error(exception, "Target {TargetName} has thrown an exception", target.Name);
            target.Stopwatch.Stop();
            target.Status = ExecutionStatus.Failed;
            build.Raise<IOnTargetFailed>(extension => extension.OnTargetFailed(target), () => build.OnTargetFailed(target.Name));
            if (throws)
            {
                throw new TargetExecutionException(target.Name, exception);
            }
        }
    }

    /// <summary>Skips the target if a condition is false; the summary then shows the conditions' source texts.</summary>
    private bool CheckConditions(ExecutableTarget target, List<(string Text, Func<bool> Delegate)> conditions)
    {
        try
        {
            var violated = conditions.Where(condition => !condition.Delegate()).Select(condition => SourceText(condition.Text)).ToList();
            if (violated.Count > 0)
            {
                target.OnlyWhen = string.Join(" && ", violated);
                Skip(target, reason: null);
            }
        }
        catch (Exception exception)
        {
            exception = exception.Unwrap();
            Log.Error(exception, "Invocation of condition for {TargetName} has thrown an exception", target.Name);
            throw new TargetExecutionException(target.Name, exception);
        }

        return target.OnlyWhen != null;
    }

    /// <summary>A target that was named on the command line is not skipped; its dependencies are, unless somebody else needs them.</summary>
    private void Skip(ExecutableTarget target, string reason)
    {
        if (target.Status != ExecutionStatus.Scheduled)
        {
            return;
        }

        if (!target.Invoked)
        {
            target.Status = ExecutionStatus.Skipped;
            target.Skipped ??= reason;
        }

        if (target.DependencyBehavior == DependencyBehavior.Skip)
        {
            foreach (var dependency in target.ExecutionDependencies.Concat(target.Triggers).Where(dependency => !IsNeeded(dependency)).ToList())
            {
                Skip(dependency, $"because of {target.Name}");
            }
        }

        bool IsNeeded(ExecutableTarget dependency) => build.ExecutionPlan.Any(other =>
            other != target
            && other.Status == ExecutionStatus.Scheduled
            && (other.ExecutionDependencies.Contains(dependency) || other.Triggers.Contains(dependency)));
    }

    /// <summary><c>() => Force</c> is shown as <c>Force</c>.</summary>
    private static string SourceText(string condition) =>
        condition.TrimStart('(').Trim().TrimStart(')').Trim().TrimStart('=').Trim().TrimStart('>').Trim();
}

/// <summary>Ends the build after a failed target, which has been reported already.</summary>
internal sealed class TargetExecutionException(string target, Exception inner) : Exception($"Target '{target}' has thrown an exception.", inner);
