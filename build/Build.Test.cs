using KubePivot.Benchmarks;
using KubePivot.Testing;
using Nuke.Common;

partial class Build
{
    [Parameter("Benchmark: also measure from an empty cache, which takes ten minutes more")]
    readonly bool Cold;

    IReadOnlyList<TestResults> testResults = [];

    Target Test => _ => _
        .Description("Runs all tests that this machine can run; says which it could not, and why")
        .Executes(TestAsync);

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
