using System.Globalization;
using KubePivot.Commands;

namespace KubePivot.Testing;

/// <summary>Builds and runs the test programs of this checkout: quick ones first, the end-to-end test last.</summary>
/// <param name="root">Root of the checkout.</param>
/// <param name="tell">Told each line that the test programs print, and what is about to happen.</param>
public sealed class TestRun(string root, Action<string> tell)
{
    /// <summary>The environment variable that asks for a soak: how often something is done to the cluster.</summary>
    public const string SoakCycles = "KUBEPIVOT_SOAK_CYCLES";

    /// <summary>The environment variable that says what everything random in a soak follows from.</summary>
    public const string SoakSeed = "KUBEPIVOT_SOAK_SEED";

    /// <summary>The environment variable that asks for so many times as many random inputs as usual.</summary>
    public const string PropertyFactor = "KUBEPIVOT_PROPERTY_FACTOR";

    private const string EndToEnd = "EndToEnd.Tests";

    private static readonly string[] WithProperties = ["Bootkube.Tests", "KubePivot.Tests"];

    private static readonly string[] SlowOnesLast = ["Integration.Tests", EndToEnd];

    /// <summary>Runs all tests that this machine can run; a failing one is a result, not an exception.</summary>
    /// <exception cref="StageException">The tests do not compile.</exception>
    public async Task<IReadOnlyList<TestResults>> RunAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(root, "tests");
        tell("Building the tests (about a minute when nothing is built yet)");
        await BuildAsync(Path.Combine(folder, "Tests.slnx"), cancellationToken).ConfigureAwait(false);
        var results = new List<TestResults>();
        foreach (var project in Projects(folder))
        {
            results.Add(await RunAsync(folder, project, cancellationToken).ConfigureAwait(false));
        }

        return results;
    }

    /// <summary>Does the same harm again and again; has each recovery of a cluster told, and their times in the end.</summary>
    /// <param name="cycles">How often each is done; at least 1.</param>
    /// <param name="seed">What the kills follow from; null: another one in each run.</param>
    /// <exception cref="StageException">The tests do not compile.</exception>
    public async Task<IReadOnlyList<TestResults>> SoakAsync(SoakHarm harm, int cycles, int? seed, CancellationToken cancellationToken)
    {
        var results = new List<TestResults>();
        if (harm is SoakHarm.Inputs or SoakHarm.All)
        {
            foreach (var project in WithProperties)
            {
                results.Add(await SoakAsync(project, ["-namespace", "*.Properties"], new() { [PropertyFactor] = $"{cycles}" }, cancellationToken).ConfigureAwait(false));
            }
        }

        if (harm != SoakHarm.Inputs)
        {
            var classes = harm switch { SoakHarm.Power => "*PowerSoakTests", SoakHarm.Kills => "*KillSoakTests", _ => "*SoakTests" };
            results.Add(await SoakAsync(EndToEnd, ["-class", classes], new() { [SoakCycles] = $"{cycles}", [SoakSeed] = seed?.ToString(CultureInfo.InvariantCulture) }, cancellationToken).ConfigureAwait(false));
        }

        return results;
    }

    /// <summary>What the run came to, for people: every failure and every skipped test with its reason, then <c>N passed, N failed</c>.</summary>
    public static IEnumerable<string> Summary(IReadOnlyList<TestResults> results)
    {
        foreach (var (project, skipped) in results.SelectMany(result => result.Skipped.GroupBy(test => test.Reason).Select(tests => (result.Project, tests))))
        {
            yield return $"not run in {project}: {string.Join(", ", skipped.Select(test => test.Name))}: {skipped.Key}";
        }

        foreach (var failure in results.SelectMany(result => result.Failures))
        {
            yield return $"failed: {failure}";
        }

        var left = results.Sum(result => result.Skipped.Count);
        if (left > 0)
        {
            yield return $"{left} skipped";
        }

        yield return ClosingLine(results);
    }

    /// <summary><c>N passed, N failed</c>: the form that CI reads.</summary>
    public static string ClosingLine(IReadOnlyList<TestResults> results) =>
        $"{results.Sum(result => result.Passed)} passed, {results.Sum(result => result.Failures.Count)} failed";

    internal static IEnumerable<string> Projects(string folder) =>
        Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(project => project.EndsWith(".Tests", StringComparison.Ordinal))
            .OrderBy(project => Array.IndexOf(SlowOnesLast, project)).ThenBy(project => project, StringComparer.Ordinal);

    private async Task BuildAsync(string project, CancellationToken cancellationToken) =>
        (await LocalCommand.RunAsync("dotnet", ["build", project, "--nologo", "-v", "quiet"], root, cancellationToken: cancellationToken).ConfigureAwait(false))
            .ThrowOnFailure("The tests do not compile");

    private async Task<TestResults> SoakAsync(string project, string[] which, Dictionary<string, string?> environment, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(root, "tests");
        await BuildAsync(Path.Combine(folder, project, $"{project}.csproj"), cancellationToken).ConfigureAwait(false);
        return await RunAsync(folder, project, cancellationToken, [.. which, "-diagnostics"], environment).ConfigureAwait(false);
    }

    private async Task<TestResults> RunAsync(
        string folder, string project, CancellationToken cancellationToken, IReadOnlyList<string>? options = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        tell($"Running {project}");
        var report = Path.Combine(folder, project, "TestResults", $"{project}.xml");
        Directory.CreateDirectory(Path.GetDirectoryName(report)!);
        File.Delete(report);
        var program = Path.Combine(folder, project, "bin", "Debug", "net10.0", $"{project}.dll");
        var run = await LocalCommand.RunAsync(
            "dotnet", [program, "-xml", report, "-noColor", "-noLogo", "-longRunning", "300", .. options ?? []], root, environment: environment, onLine: tell, cancellationToken: cancellationToken).ConfigureAwait(false);
        return TestResults.Load(project, report, run.ExitCode);
    }
}
