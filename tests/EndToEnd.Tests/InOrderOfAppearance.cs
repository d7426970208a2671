using Xunit.Sdk;
using Xunit.v3;

namespace KubePivot.EndToEnd;

/// <summary>Runs the tests of a class in the order in which they stand in the file: a cluster has a life, and they follow it.</summary>
public sealed class InOrderOfAppearance : ITestMethodOrderer
{
    public IReadOnlyCollection<TTestMethod?> OrderTestMethods<TTestMethod>(IReadOnlyCollection<TTestMethod?> testMethods)
        where TTestMethod : notnull, ITestMethod =>
        [.. testMethods.OrderBy(method => (method as IXunitTestMethod)?.Method.MetadataToken)];
}
