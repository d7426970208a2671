using KubePivot.Machines;

namespace KubePivot.Tests.Machines;

public class VagrantLineTests
{
    [Theory]
    [InlineData("==> master01: Starting container...", "master01", "Starting container...")]
    [InlineData("    master01: SSH address: 10.64.7.11:22", "master01", "SSH address: 10.64.7.11:22")]
    [InlineData("\u001b[1m==> worker01: Machine booted and ready!\u001b[0m", "worker01", "Machine booted and ready!")]
    [InlineData("    box: Progress: 10%\r    box: Progress: 100%", "box", "Progress: 100%")]
    [InlineData("There was an error: see below", null, "There was an error: see below")]
    [InlineData("   ", null, "")]
    public void A_line_is_taken_apart(string line, string? node, string text)
    {
        var parsed = VagrantLine.Parse(line);

        Assert.Equal((node, text), (parsed.Node, parsed.Text));
    }

    [Theory]
    [InlineData("    master01: SSH username: vagrant", true)]
    [InlineData("    master01: Warning: Connection refused. Retrying...", true)]
    [InlineData("    master01: Warning: Authentication failure. Retrying...", false)]
    public void What_happens_at_every_start_is_a_detail(string line, bool isDetail) => Assert.Equal(isDetail, VagrantLine.Parse(line).IsDetail);
}
