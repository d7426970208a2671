using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace Nuke.Common;

/// <summary>The words that define a target. Each returns the definition itself.</summary>
public interface ITargetDefinition
{
    ITargetDefinition Description(string description);

    ITargetDefinition Executes(params Action[] actions);

    ITargetDefinition Executes<T>(Func<T> action);

    ITargetDefinition Executes(Func<Task> action);

    /// <summary>Runs these before, pulling them into the plan.</summary>
    ITargetDefinition DependsOn(params Target[] targets);

    /// <summary><see cref="DependsOn"/> said from the other end.</summary>
    ITargetDefinition DependentFor(params Target[] targets);

    /// <summary>Runs before these if they are in the plan.</summary>
    ITargetDefinition Before(params Target[] targets);

    /// <summary>Runs after these if they are in the plan.</summary>
    ITargetDefinition After(params Target[] targets);

    /// <summary>Runs these afterwards, pulling them into the plan.</summary>
    ITargetDefinition Triggers(params Target[] targets);

    /// <summary><see cref="Triggers"/> said from the other end.</summary>
    ITargetDefinition TriggeredBy(params Target[] targets);

    /// <summary>Skips the target when the condition, asked right before it would run, is false.</summary>
    ITargetDefinition OnlyWhenDynamic(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string conditionExpression = null);

    /// <summary>Skips the target, and what only it depends on, when the condition, asked before any target runs, is false.</summary>
    ITargetDefinition OnlyWhenStatic(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string conditionExpression = null);

    ITargetDefinition Requires<T>(Expression<Func<T>> parameterRequirement, params Expression<Func<T>>[] parameterRequirements)
        where T : class;

    ITargetDefinition Requires<T>(Expression<Func<T?>> parameterRequirement, params Expression<Func<T?>>[] parameterRequirements)
        where T : struct;

    ITargetDefinition Requires(Expression<Func<bool>> requirement, params Expression<Func<bool>>[] requirements);

    ITargetDefinition WhenSkipped(DependencyBehavior dependencyBehavior);

    /// <summary>Runs even when a target before it has failed.</summary>
    ITargetDefinition AssuredAfterFailure();

    /// <summary>A failure of this target does not keep the next ones from running; the build fails at its end.</summary>
    ITargetDefinition ProceedAfterFailure();

    /// <summary>Leaves the target out of <c>--help</c>.</summary>
    ITargetDefinition Unlisted();
}
