using KubePivot.Benchmarks;
using KubePivot.Testing;
using Nuke.Common;

partial class Build
{
    [Parameter("Benchmark: also measure from an empty cache, which takes ten minutes more")]
    readonly bool Cold;

    [Parameter("Soak: how often each harm is done. Default is 20")]
    readonly int Cycles = 20;

    [Parameter("Soak: which harm: power, kills, inputs or all. Default is all")]
    readonly SoakHarm Harm = SoakHarm.All;

    [Parameter("Soak: the first seed, to have the same kills again. Default is another one in each run")]
    readonly int? Seed;

    IReadOnlyList<TestResults> testResults = [];

    Target Test => _ => _
        .Description("Runs all tests that this machine can run; says which it could not, and why")
        .Executes(TestAsync);

    Target Soak => _ => _
        .Description("Harms a throw-away cluster again and again, and measures how it comes back; throws bad input at the build")
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

    /// <exception cref="InvalidInputException">Not a number of times, or no seed.</exception>
    void CheckSoak()
    {
        if (Cycles is < 1 or > 1000)
        {
            throw new InvalidInputException("Nothing was run:", [new Problem("--cycles", $"{Cycles}", "must be a number from 1 to 1000")]);
        }

        if (Seed is < 0 or > 1_000_000_000)
        {
            throw new InvalidInputException("Nothing was run:", [new Problem("--seed", $"{Seed}", "must be a number from 0 to 1000000000")]);
        }
    }

    async Task SoakAsync()
    {
        await new TestPrerequisites(Context).EnsureAsync();
        testResults = await new TestRun(RootDirectory, Tell).SoakAsync(Harm, Cycles, Seed, CancellationToken.None);
        if (testResults.Any(result => result.Failures.Count > 0 || result.Passed == 0))
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
