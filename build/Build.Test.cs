using KubePivot.Benchmarks;
using KubePivot.Testing;
using Nuke.Common;

partial class Build
{
    [Parameter("Benchmark: also measure from an empty cache, which takes ten minutes more")]
    readonly bool Cold;

    [Parameter("Soak: how often the power is cut. Default is 20")]
    readonly int Cycles = 20;

    IReadOnlyList<TestResults> testResults = [];

    Target Test => _ => _
        .Description("Runs all tests that this machine can run; says which it could not, and why")
        .Executes(TestAsync);

    Target Soak => _ => _
        .Description("Cuts the power of a throw-away cluster again and again, and measures how it comes back")
        .Executes(SoakAsync);

    Target Benchmark => _ => _
        .Description("Measures the build on this machine: times, memory, sizes")
        .Executes(BenchmarkAsync);

    protected override void OnBuildFinished()
    {
        if (testResults.Count > 0)
        {
            // The last line of all, for people and for CI.
            Console.WriteLine(TestRun.ClosingLine(testResults));
        }
    }

    async Task TestAsync()
    {
        await new TestPrerequisites(Context).EnsureAsync();
        testResults = await new TestRun(RootDirectory, Tell).RunAsync(CancellationToken.None);
        TestRun.Summary(testResults).ToList().ForEach(Tell);
        if (testResults.Any(result => result.Failures.Count > 0))
        {
            throw new StageException(TestRun.ClosingLine(testResults));
        }
    }

    /// <exception cref="InvalidInputException">Not a number of times.</exception>
    void CheckCycles()
    {
        if (Cycles is < 1 or > 1000)
        {
            throw new InvalidInputException("Nothing was run:", [new Problem("--cycles", $"{Cycles}", "must be a number from 1 to 1000")]);
        }
    }

    async Task SoakAsync()
    {
        await new TestPrerequisites(Context).EnsureAsync();
        var result = await new TestRun(RootDirectory, Tell).SoakAsync(Cycles, CancellationToken.None);
        testResults = [result];
        if (result.Failures.Count > 0 || result.Passed == 0)
        {
            TestRun.Summary(testResults).ToList().ForEach(Tell);
            throw new StageException(TestRun.ClosingLine(testResults));
        }
    }

    async Task BenchmarkAsync()
    {
        var measurements = await new BenchmarkRun(RootDirectory, Tell).RunAsync(Cold, await Bootkube.EnsureAsync(tell: Tell), CancellationToken.None);
        Measurement.Table(measurements).ToList().ForEach(Tell);
        if (!measurements.All(measurement => measurement.Holds))
        {
            throw new StageException("Some figures exceed their bounds: they are marked EXCEEDED above. On a machine that does other work besides, measure again.");
        }
    }

    void Tell(string line) => Context.Reporter.Info(line);
}
