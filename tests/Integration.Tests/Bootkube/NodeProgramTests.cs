using KubePivot.Bootkube;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>The file for the nodes, and how it meets the person who calls it.</summary>
public sealed class NodeProgramTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_file_is_made_once_and_small()
    {
        var build = new BootkubeBuild(NodeProgram.Checkout);
        var file = await build.EnsureAsync(cancellationToken: Stop);
        var told = new List<string>();

        Assert.Equal(file, await build.EnsureAsync(tell: told.Add, cancellationToken: Stop));

        Assert.Empty(told);
        Assert.InRange(new FileInfo(file).Length, 1 << 20, 40 << 20);
    }

    [Fact]
    public async Task Two_builds_at_once_make_one_file()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => new BootkubeBuild(NodeProgram.Checkout).EnsureAsync(cancellationToken: Stop)));

        Assert.True(File.Exists(Assert.Single(made.Distinct())));
        Assert.Empty(Directory.GetDirectories(Path.GetDirectoryName(Path.GetDirectoryName(made[0]))!, "*.tmp"));
    }

    [Fact]
    public async Task Help_shows_the_commands_and_exits_with_0()
    {
        var (code, output) = await NodeProgram.RunAsync(Stop, "--help");

        Assert.Equal(0, code);
        Assert.Contains("bootkube start --asset-dir=DIR", output);
        Assert.Contains("bootkube apply --asset-dir=DIR", output);
        Assert.Contains("bootkube checkpoint --node-name=NAME", output);
    }

    [Fact]
    public async Task All_that_is_wrong_with_the_command_line_is_told_at_once_with_exit_code_2()
    {
        var (code, output) = await NodeProgram.RunAsync(Stop, "begin", "--asset-dir=/nowhere", "--timeout=soon", "--fast");

        Assert.Equal(2, code);
        Assert.Contains("command 'begin'", output);
        Assert.Contains("--timeout 'soon'", output);
        Assert.Contains("--fast: unknown option", output);
    }
}
