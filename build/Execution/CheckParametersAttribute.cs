using System.Reflection;
using Nuke.Common;
using Nuke.Common.Execution;

namespace KubePivot.Execution;

/// <summary>Refuses unknown options and values that are none, where NUKE is silent or warns: exit code 2, before anything runs.</summary>
internal sealed class CheckParametersAttribute : BuildExtensionAttributeBase, IOnBuildCreated
{
    /// <summary>Options of the engine that are no members of the build class.</summary>
    private static readonly string[] UnlistedOptions = ["partition", "strict", "generate-configuration", "shell-completion"];

    /// <summary>Between the engine's reading of parameters.json (150) and its setting of the members (100), so that it need not warn.</summary>
    public override float Priority { get; set; } = 120;

    public void OnBuildCreated(IReadOnlyCollection<ExecutableTarget> executableTargets)
    {
        var parameters = Parameters(Build.GetType());
        var arguments = new GivenArguments(EnvironmentInfo.CommandLineArguments);
        var names = parameters.Select(parameter => parameter.Option).Concat(UnlistedOptions).ToList();
        List<Problem> problems =
        [
            .. arguments.UnknownOptions(names),
            .. parameters.Where(parameter => !parameter.IsEngines).Select(parameter => parameter.Check(arguments, executableTargets)).OfType<Problem>(),
        ];
        if (problems.Count > 0)
        {
            Failures.Guard(Build, () => throw new InvalidInputException("Nothing was run: the call has errors (see ./build.sh --help).", problems));
        }
    }

    private static List<GivenParameter> Parameters(Type buildType)
    {
        const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var parameters = new List<GivenParameter>();
        for (var type = buildType; type != null && type != typeof(object); type = type.BaseType)
        {
            parameters.AddRange(
                from member in type.GetMembers(Declared)
                let attribute = member.GetCustomAttribute<ParameterAttribute>()
                where attribute != null
                select new GivenParameter(member, attribute));
        }

        return parameters;
    }
}
