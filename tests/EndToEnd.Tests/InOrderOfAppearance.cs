using Xunit.Sdk;
using Xunit.v3;

namespace KubePivot.EndToEnd;

/// <summary>Runs the tests of a class in the order in which they stand in the file: a cluster has a life, and they follow it.</summary>
public sealed class InOrderOfAppearance : ITestCaseOrderer
{
    public IReadOnlyCollection<TTestCase> OrderTestCases<TTestCase>(IReadOnlyCollection<TTestCase> testCases)
        where TTestCase : notnull, ITestCase =>
        [.. testCases.OrderBy(testCase => testCase.SourceLineNumber)];
}
