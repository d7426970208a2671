using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace KubePivot.Testing;

/// <summary>A test that did not run, and why.</summary>
public sealed record SkippedTest(string Name, string Reason);

/// <summary>What one test program found out.</summary>
/// <param name="Project">Name of the test project.</param>
/// <param name="Failures">Names of failed tests; a program that died without a report is one failure of its own.</param>
public sealed record TestResults(string Project, int Passed, IReadOnlyList<string> Failures, IReadOnlyList<SkippedTest> Skipped)
{
    /// <summary>Reads the report that xUnit's runner wrote (<c>-xml</c>, format v2+).</summary>
    /// <param name="exitCode">The program's; non-zero without a failure in the report means that it died.</param>
    public static TestResults Load(string project, string reportFile, int exitCode)
    {
        try
        {
            return Parse(project, XDocument.Load(reportFile), exitCode);
        }
        catch (Exception exception) when (exception is IOException or XmlException)
        {
            return new TestResults(project, 0, [$"{project} ended with exit code {exitCode} and without a report"], []);
        }
    }

    internal static TestResults Parse(string project, XDocument report, int exitCode)
    {
        var tests = report.Descendants("test").ToList();
        var failures = tests.Where(test => Result(test) == "Fail").Select(Name)
            .Concat(report.Descendants("error").Select(error => $"{project}: {(string?)error.Attribute("type")} {(string?)error.Attribute("name")}".TrimEnd()))
            .ToList();
        if (exitCode != 0 && failures.Count == 0)
        {
            failures.Add($"{project} ended with exit code {exitCode.ToString(CultureInfo.InvariantCulture)}");
        }

        var skipped = tests.Where(test => Result(test) == "Skip").Select(test => new SkippedTest(Name(test), test.Element("reason")?.Value.Trim() ?? "no reason given"));
        return new TestResults(project, tests.Count(test => Result(test) == "Pass"), failures, [.. skipped]);
    }

    private static string? Result(XElement test) => (string?)test.Attribute("result");

    private static string Name(XElement test) => (string?)test.Attribute("name") ?? "a test without a name";
}
