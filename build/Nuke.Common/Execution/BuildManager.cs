using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using Serilog;

namespace Nuke.Common.Execution;

/// <summary>The course of a build from the call to the exit code.</summary>
internal static class BuildManager
{
    private const int ErrorExitCode = -1;

    public static int Execute<T>(Expression<Func<T, Target>>[] defaultTargets)
        where T : NukeBuild, new()
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var build = new T();
        var finished = false;
        Console.CancelKeyPress += (_, _) => Finish();
        try
        {
            Logging.Configure();
            build.ExecutableTargets = ExecutableTargetFactory.CreateAll(build, defaultTargets);
            Prepare(build);
            new BuildExecutor(build).Execute(ParameterService.Instance.Get<string[]>("Skip", '+'));
            return build.ExitCode ??= build.IsSucceeding ? 0 : ErrorExitCode;
        }
        catch (Exception exception)
        {
            exception = exception.Unwrap();
            if (exception is not TargetExecutionException)
            {
                Log.Verbose(exception, "Target-unrelated exception was thrown");
                NukeBuild.Host.Theme.WriteError(exception.Message);
            }

            return build.ExitCode ??= ErrorExitCode;
        }
        finally
        {
            Finish();
            Log.CloseAndFlush();
        }

        void Finish()
        {
            if (build.ExecutionPlan != null && !Interlocked.Exchange(ref finished, true))
            {
                BuildManager.Finish(build);
            }
        }
    }

    public static Exception Unwrap(this Exception exception) => exception switch
    {
        TargetInvocationException { InnerException: { } inner } => inner.Unwrap(),
        AggregateException { InnerExceptions: [var inner] } => inner.Unwrap(),
        _ => exception,
    };

    private static void Prepare(NukeBuild build)
    {
        build.Raise<IOnBuildCreated>(extension => extension.OnBuildCreated(build.ExecutableTargets), build.OnBuildCreated);
        if (!build.NoLogo)
        {
            Logo.Write(NukeBuild.Host.Theme);
        }

        build.ExecutionPlan = ExecutionPlanner.GetExecutionPlan(build.ExecutableTargets, ParameterService.Instance.Get<string[]>("Target", '+'));
        build.Raise<IOnBuildInitialized>(
            extension => extension.OnBuildInitialized(build.ExecutableTargets, build.ExecutionPlan), build.OnBuildInitialized);
    }

    private static void Finish(NukeBuild build)
    {
        foreach (var target in build.ExecutionPlan)
        {
            target.Stopwatch.Stop();
            target.Status = target.Status switch
            {
                ExecutionStatus.Running => ExecutionStatus.Aborted,
                ExecutionStatus.Scheduled => ExecutionStatus.NotRun,
                _ => target.Status,
            };
        }

        if (build.ExecutionPlan.Count > 0)
        {
            Summary.Write(build, NukeBuild.Host);
        }

        build.Raise<IOnBuildFinished>(extension => extension.OnBuildFinished(), build.OnBuildFinished);
    }
}
