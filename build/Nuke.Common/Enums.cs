namespace Nuke.Common
{
    /// <summary>What happens to the dependencies of a target that is skipped.</summary>
    public enum DependencyBehavior
    {
        Skip,
        Execute,
    }

    /// <summary>The levels of <c>--verbosity</c>: everything, debug and up, warnings and up, errors only.</summary>
    public enum Verbosity
    {
        Verbose,
        Normal,
        Minimal,
        Quiet,
    }
}

namespace Nuke.Common.Execution
{
    public enum ExecutionStatus
    {
        None,
        Scheduled,
        NotRun,
        Skipped,
        Succeeded,
        Failed,
        Running,
        Aborted,

        /// <summary>A target without actions: it stands for its dependencies and has no row in the summary.</summary>
        Collective,
    }
}
