using Nuke.Common.Execution;

namespace Nuke.Common;

/// <summary>Reads parameters.json and the profiles.</summary>
internal sealed class ArgumentsFromParametersFileAttribute : BuildExtensionAttributeBase, IOnBuildCreated
{
    public void OnBuildCreated(IReadOnlyCollection<ExecutableTarget> executableTargets) =>
        ParameterService.Instance.Files = new ParametersFiles(NukeBuild.RootDirectory, NukeBuild.LoadedLocalProfiles);
}

/// <summary>Sets the members that are parameters.</summary>
internal sealed class InjectParameterValuesAttribute : BuildExtensionAttributeBase, IOnBuildCreated
{
    public void OnBuildCreated(IReadOnlyCollection<ExecutableTarget> executableTargets) => ParameterService.Inject((NukeBuild)Build);
}
