namespace Bootkube.Tests;

public sealed class JournalTests
{
    [Fact]
    public void Every_line_carries_the_programs_name()
    {
        using var output = new StringWriter { NewLine = "\n" };

        new Journal(output).Tell("one\n  two\r\n");

        Assert.Equal("[bootkube] one\n[bootkube]   two\n[bootkube]\n", output.ToString().Replace("[bootkube] \n", "[bootkube]\n", StringComparison.Ordinal));
    }
}
