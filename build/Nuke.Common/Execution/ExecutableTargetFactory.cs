using System.Linq.Expressions;
using System.Reflection;

namespace Nuke.Common.Execution;

/// <summary>Finds the targets of a build class and connects them.</summary>
internal static class ExecutableTargetFactory
{
    public static IReadOnlyCollection<ExecutableTarget> CreateAll<T>(T build, IEnumerable<Expression<Func<T, Target>>> defaultTargets)
        where T : NukeBuild
    {
        var defaults = defaultTargets.Select(expression => Resolve(expression, build)).ToList();
        var definitions = new Dictionary<ExecutableTarget, TargetDefinition>();
        foreach (var property in TargetProperties(build.GetType()))
        {
            var factory = (Target)property.GetValue(build);
            var target = new ExecutableTarget { Name = property.Name, Member = property, Factory = factory, IsDefault = defaults.Contains(factory) };
            var definition = new TargetDefinition(target);
            factory(definition);
            definitions.Add(target, definition);
        }

        foreach (var target in definitions.Keys)
        {
            Connect(target, definitions);
        }

        return definitions.Keys;
    }

    /// <summary>All instance properties of type Target, public or not, in declaration order, the most derived class first.</summary>
    public static IEnumerable<PropertyInfo> TargetProperties(Type buildType)
    {
        var seen = new HashSet<string>();
        for (var type = buildType; type != typeof(NukeBuild) && type != null; type = type.BaseType)
        {
            foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (property.PropertyType == typeof(Target) && seen.Add(property.Name))
                {
                    yield return property;
                }
            }
        }
    }

    private static void Connect(ExecutableTarget target, Dictionary<ExecutableTarget, TargetDefinition> definitions)
    {
        target.ExecutionDependencies.AddRange(Connected(definition => definition.DependsOnTargets, definition => definition.DependentForTargets));
        target.OrderDependencies.AddRange(Connected(definition => definition.AfterTargets, definition => definition.BeforeTargets));
        target.TriggerDependencies.AddRange(Connected(definition => definition.TriggeredByTargets, definition => definition.TriggersTargets));
        target.Triggers.AddRange(Connected(definition => definition.TriggersTargets, definition => definition.TriggeredByTargets));
        Assert.False(
            target.AllDependencies.Concat(target.Triggers).Contains(target),
            $"Target '{target.Name}' cannot have a dependency on itself");

        IEnumerable<ExecutableTarget> Connected(Func<TargetDefinition, List<Target>> own, Func<TargetDefinition, List<Target>> others) =>
        [
            .. own(definitions[target]).Select(factory => definitions.Keys.Single(other => other.Factory.Equals(factory))),
            .. definitions.Where(other => other.Key != target && others(other.Value).Contains(target.Factory)).Select(other => other.Key),
        ];
    }

    /// <summary><c>x => x.Compile</c> without compiling the expression, which would cost more than the rest of the start.</summary>
    private static Target Resolve<T>(Expression<Func<T, Target>> expression, T build) =>
        expression.Body is MemberExpression { Member: PropertyInfo property, Expression: ParameterExpression }
            ? (Target)property.GetValue(build)
            : expression.Compile(preferInterpretation: true)(build);
}
