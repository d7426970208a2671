using Nuke.Common.Execution;
using Nuke.Common.IO;
using Nuke.Common.Tooling;

namespace Nuke.Common;

/// <summary>The build as its extensions see it.</summary>
public interface INukeBuild
{
    IReadOnlyCollection<ExecutableTarget> ExecutionPlan { get; }

    /// <summary>The targets named on the command line; none when the default targets run.</summary>
    IReadOnlyCollection<ExecutableTarget> InvokedTargets { get; }

    IReadOnlyCollection<ExecutableTarget> SkippedTargets { get; }

    IReadOnlyCollection<ExecutableTarget> ScheduledTargets { get; }

    IReadOnlyCollection<ExecutableTarget> FailedTargets { get; }

    bool IsSucceeding { get; }

    bool IsFailing { get; }

    /// <summary>Exit code of the process; null: 0 on success, 255 on failure.</summary>
    int? ExitCode { get; set; }

    AbsolutePath RootDirectory { get; }

    AbsolutePath TemporaryDirectory { get; }

    Verbosity Verbosity { get; }

    Host Host { get; }

    bool Plan { get; }

    bool Help { get; }

    bool NoLogo { get; }

    bool Continue { get; }

    bool IsLocalBuild { get; }

    bool IsServerBuild { get; }

    /// <summary>Shows values behind the running target's row in the summary.</summary>
    void ReportSummary(Configure<Dictionary<string, string>> configurator = null);
}
