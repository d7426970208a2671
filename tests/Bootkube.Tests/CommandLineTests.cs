using KubePivot;

namespace Bootkube.Tests;

public sealed class CommandLineTests
{
    private static readonly string Folder = Path.GetTempPath();

    [Fact]
    public void Start_takes_its_folder_with_equals_sign_or_blank_and_waits_20_minutes_by_default()
    {
        var line = CommandLine.Parse(["start", $"--asset-dir={Folder}"]);

        Assert.Equal(new(Verb.Start, Path.GetFullPath(Folder), TimeSpan.FromMinutes(20), "/", new()), line);
        Assert.Equal(line, CommandLine.Parse(["--asset-dir", Folder, "start"]));
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("20m", 1200)]
    [InlineData("24h", 86400)]
    public void A_span_is_a_number_and_a_unit(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), CommandLine.Parse(["apply", $"--asset-dir={Folder}", $"--timeout={text}"]).Timeout);

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("0m")]
    [InlineData("-1m")]
    [InlineData("20")]
    [InlineData("1.5h")]
    [InlineData("25h")]
    [InlineData("99999999999s")]
    public void Another_span_is_refused_with_its_rule(string text) =>
        Assert.Contains($"--timeout '{text}': must be a span of 1s to 24h", Refused("apply", $"--asset-dir={Folder}", $"--timeout={text}"));

    [Fact]
    public void Nothing_or_help_shows_the_help()
    {
        Assert.Equal(Verb.Help, CommandLine.Parse([]).Verb);
        Assert.Equal(Verb.Help, CommandLine.Parse(["start", "--help"]).Verb);
        Assert.Equal(Verb.Version, CommandLine.Parse(["--version"]).Verb);
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var words = Refused("start", "apply", "--fast", "--timeout=x");

        Assert.Contains("command 'apply': one command at a time", words);
        Assert.Contains("--fast: unknown option", words);
        Assert.Contains("--timeout 'x'", words);
        Assert.Contains("--asset-dir '': is needed", words);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named() =>
        Assert.Contains("--asset-dir '/no/such/folder': there is no such folder", Refused("start", "--asset-dir=/no/such/folder"));

    [Fact]
    public void Checkpoint_needs_the_name_of_its_node_and_has_a_default_for_all_else()
    {
        Assert.Equal(
            new() { NodeName = "master01", Heartbeat = "/run/alive", Grace = TimeSpan.FromSeconds(9) },
            CommandLine.Parse(["checkpoint", "--node-name=master01", "--heartbeat=/run/alive", "--grace=9s"]).Checkpoint);
        Assert.Contains("--node-name '': is needed", Refused("checkpoint"));
        Assert.Contains("--patience 'x': must be a span", Refused("checkpoint", "--node-name=a", "--patience=x"));
    }

    private static string Refused(params string[] arguments) => Assert.Throws<InvalidInputException>(() => CommandLine.Parse(arguments)).Message;
}
