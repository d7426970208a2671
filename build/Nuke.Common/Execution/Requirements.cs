using System.Linq.Expressions;
using System.Reflection;

namespace Nuke.Common.Execution;

/// <summary>Checks what the scheduled targets require, before any of them runs. Nobody is asked for a missing value.</summary>
internal static class Requirements
{
    public static void Validate(NukeBuild build)
    {
        foreach (var target in build.ScheduledTargets)
        {
            foreach (var requirement in target.DelegateRequirements)
            {
                if (requirement is Expression<Func<bool>> condition)
                {
                    Assert.True(condition.Compile(preferInterpretation: true)(), $"Target '{target.Name}' requires '{requirement.Body}'");
                }
                else
                {
                    AssertHasValue(target, MemberOf(requirement), build);
                }
            }
        }
    }

    private static void AssertHasValue(ExecutableTarget target, MemberInfo member, NukeBuild build)
    {
        var value = member is FieldInfo field ? field.GetValue(build) : ((PropertyInfo)member).GetValue(build);
        if (value == null || (value is string text && string.IsNullOrWhiteSpace(text)))
        {
            Assert.Fail($"Target '{target.Name}' requires member '{ParameterService.NameOf(member)}' to be not null or empty");
        }
    }

    private static MemberInfo MemberOf(LambdaExpression requirement) => requirement.Body is MemberExpression member
        ? member.Member
        : throw new ArgumentException($"'{requirement}' names no parameter.", nameof(requirement));
}
