using System.Runtime.InteropServices;
using Nuke.Common.Execution;

/// <summary>A build with two default targets, and targets that go wrong in rarer ways.</summary>
internal sealed class SecondBuild : NukeBuild
{
    [Parameter] readonly bool Cycle;

    public static int Run() => Execute<SecondBuild>(x => x.One, x => x.Other);

    Target One => _ => _.Executes(() =>
    {
        Log.Information("Invoked {Invoked} Skipped {Skipped} Plan {Plan}", Names(InvokedTargets), Names(SkippedTargets), Names(ExecutionPlan));
        Log.Information("contains {Contains}", InvokedTargets.Contains(One));
        ExitCode = 7;
    });

    Target Other => _ => _.Executes(() => { });

    Target X => _ => Environment.GetEnvironmentVariable("CIRCULAR") == null ? _ : _.DependsOn(Y);

    Target Y => _ => _.DependsOn(X).Executes(() => { });

    Target ThrowAgg => _ => _.Executes(() => throw new AggregateException(new Exception("a"), new Exception("b")));

    Target CondThrows => _ => _
        .OnlyWhenDynamic(() => throw new Exception("cond"))
        .Executes(() => { });

    /// <summary>Interrupts itself, as a person does with Ctrl+C, and waits for its end.</summary>
    Target Cancel => _ => _.Executes(() =>
    {
        Assert.True(Interrupt(Environment.ProcessId, 2) == 0);
        using var end = new ManualResetEventSlim();
        end.Wait(TimeSpan.FromMinutes(1));
        Assert.Fail("The interrupt did not end the build.");
    });

    Target After1 => _ => _.DependsOn(Cancel).Executes(() => { });

    private static string[] Names(IEnumerable<ExecutableTarget> targets) => [.. targets.Select(target => target.Name)];

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Interrupt(int process, int signal);
}
