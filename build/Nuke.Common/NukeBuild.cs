using System.Linq.Expressions;
using System.Reflection;
using Nuke.Common.Execution;
using Nuke.Common.IO;
using Nuke.Common.Tooling;

namespace Nuke.Common;

/// <summary>Base class of a build: its targets are properties of type <see cref="Target"/>, its parameters members with <see cref="ParameterAttribute"/>.</summary>
[ArgumentsFromParametersFile(Priority = 150)]
[InjectParameterValues(Priority = 100)]
[UpdateBuildSchema(Priority = 75)]
[HandleHelpRequests(Priority = 5)]
public abstract partial class NukeBuild : INukeBuild
{
    private readonly IReadOnlyList<IBuildExtension> extensions;

    protected NukeBuild()
    {
        var attributes = GetType().GetCustomAttributes<BuildExtensionAttributeBase>().ToList();
        attributes.ForEach(attribute => attribute.Build = this);
        extensions = [.. attributes.OrderByDescending(attribute => attribute.Priority)];
    }

    public IReadOnlyCollection<ExecutableTarget> ExecutionPlan { get; set; }

    [Parameter("List of targets to be invoked. Default is '{default_target}'.", Name = "Target", Separator = "+")]
    public IReadOnlyCollection<ExecutableTarget> InvokedTargets => [.. ExecutionPlan.Where(target => target.Invoked)];

    [Parameter("List of targets to be skipped. Empty list skips all dependencies.", Name = "Skip", Separator = "+")]
    public IReadOnlyCollection<ExecutableTarget> SkippedTargets => WithStatus(ExecutionStatus.Skipped);

    public IReadOnlyCollection<ExecutableTarget> ScheduledTargets => WithStatus(ExecutionStatus.Scheduled);

    public IReadOnlyCollection<ExecutableTarget> RunningTargets => WithStatus(ExecutionStatus.Running);

    public IReadOnlyCollection<ExecutableTarget> FailedTargets => WithStatus(ExecutionStatus.Failed);

    public IReadOnlyCollection<ExecutableTarget> SucceededTargets => WithStatus(ExecutionStatus.Succeeded);

    [Parameter("Shows the execution plan (HTML).")]
    public bool Plan { get; internal set; }

    [Parameter("Shows the help text for this build assembly.")]
    public bool Help { get; internal set; }

    [Parameter("Disables displaying the NUKE logo.")]
    public bool NoLogo { get; set; }

    [Parameter("Indicates to continue a previously failed build attempt.")]
    public bool Continue { get; internal set; }

    public bool IsSucceeding => !IsFailing;

    public bool IsFailing => ExecutionPlan.Any(target => target.Status is ExecutionStatus.Failed or ExecutionStatus.Aborted or ExecutionStatus.NotRun);

    public int? ExitCode { get; set; }

    AbsolutePath INukeBuild.RootDirectory => RootDirectory;

    AbsolutePath INukeBuild.TemporaryDirectory => TemporaryDirectory;

    Verbosity INukeBuild.Verbosity => Verbosity;

    Host INukeBuild.Host => Host;

    bool INukeBuild.IsLocalBuild => IsLocalBuild;

    bool INukeBuild.IsServerBuild => IsServerBuild;

    internal IReadOnlyCollection<ExecutableTarget> ExecutableTargets { get; set; }

    public void ReportSummary(Configure<Dictionary<string, string>> configurator = null)
    {
        var target = ExecutionPlan.Single(target => target.Status == ExecutionStatus.Running);
        target.SummaryInformation = configurator?.Invoke([]) ?? [];
    }

    /// <summary>Runs the build. <c>Main</c> calls it: <c>Execute&lt;Build&gt;(x => x.Compile)</c>.</summary>
    /// <returns>The exit code.</returns>
    protected static int Execute<T>(params Expression<Func<T, Target>>[] defaultTargetExpressions)
        where T : NukeBuild, new() => BuildManager.Execute(defaultTargetExpressions);

    protected internal virtual void OnBuildCreated()
    {
    }

    protected internal virtual void OnBuildInitialized()
    {
    }

    protected internal virtual void OnBuildFinished()
    {
    }

    protected internal virtual void OnTargetRunning(string target)
    {
    }

    protected internal virtual void OnTargetSkipped(string target)
    {
    }

    protected internal virtual void OnTargetSucceeded(string target)
    {
    }

    protected internal virtual void OnTargetFailed(string target)
    {
    }

    /// <summary>Calls the extensions by priority, and the build's own method last.</summary>
    internal void Raise<T>(Action<T> call, Action own)
        where T : IBuildExtension
    {
        foreach (var extension in extensions.OfType<T>())
        {
            call(extension);
        }

        own();
    }

    internal IDisposable WriteBlock(string text) => Host.WriteBlock(text);

    private IReadOnlyCollection<ExecutableTarget> WithStatus(ExecutionStatus status) => [.. ExecutionPlan.Where(target => target.Status == status)];
}
