using System.Xml.Linq;
using KubePivot.Testing;

namespace KubePivot.Tests.Testing;

public sealed class TestRunTests
{
    private const string Report = """
        <assemblies><assembly><errors><error type="assembly-cleanup" name="Fixture" /></errors><collection>
          <test name="A" result="Pass" /><test name="B" result="Fail" />
          <test name="C" result="Skip"><reason>needs root</reason></test><test name="D" result="Skip"><reason>needs root</reason></test>
        </collection></assembly></assemblies>
        """;

    [Fact]
    public void A_report_tells_what_passed_what_failed_and_why_a_test_did_not_run()
    {
        var results = TestResults.Parse("X.Tests", XDocument.Parse(Report), exitCode: 1);

        Assert.Equal(1, results.Passed);
        Assert.Equal(["B", "X.Tests: assembly-cleanup Fixture"], results.Failures);
        Assert.Equal(new SkippedTest("C", "needs root"), results.Skipped[0]);
    }

    [Fact]
    public void A_program_that_dies_without_a_report_is_a_failure()
    {
        var results = TestResults.Load("X.Tests", "/does/not/exist.xml", exitCode: 134);

        Assert.Equal(["X.Tests ended with exit code 134 and without a report"], results.Failures);
    }

    [Fact]
    public void A_program_that_fails_after_its_report_is_a_failure()
    {
        var results = TestResults.Parse("X.Tests", XDocument.Parse("<assemblies><test name='A' result='Pass'/></assemblies>"), exitCode: 139);

        Assert.Equal(["X.Tests ended with exit code 139"], results.Failures);
    }

    [Fact]
    public void The_summary_groups_skipped_tests_by_reason_and_ends_with_the_counts()
    {
        var lines = TestRun.Summary([TestResults.Parse("X.Tests", XDocument.Parse(Report), 1)]).ToList();

        Assert.Equal("not run in X.Tests: C, D: needs root", lines[0]);
        Assert.Equal("failed: B", lines[1]);
        Assert.Equal(["2 skipped", "1 passed, 2 failed"], lines[^2..]);
    }

    [Fact]
    public void The_end_to_end_test_runs_last()
    {
        var folder = Directory.CreateTempSubdirectory();
        foreach (var project in new[] { "EndToEnd.Tests", "Integration.Tests", "Unit.Tests", "Engine.Tests" })
        {
            File.WriteAllText(Path.Combine(folder.CreateSubdirectory(project).FullName, $"{project}.csproj"), "");
        }

        Assert.Equal(["Engine.Tests", "Unit.Tests", "Integration.Tests", "EndToEnd.Tests"], TestRun.Projects(folder.FullName));
        folder.Delete(recursive: true);
    }
}
