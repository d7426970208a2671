namespace KubePivot.Engine;

/// <summary>The stand-in engine against what NUKE itself printed.</summary>
public sealed class StandInTests
{
    /// <summary>Runs of one folder, each after the other.</summary>
    private static readonly string[] Attempts = ["53-continue-1", "54-continue-2", "55-continue-changed"];

    public static TheoryData<string> Expectations => new(Expectation.Names().Except(Attempts));

    [Theory]
    [MemberData(nameof(Expectations))]
    public async Task The_same_call_prints_the_same_and_exits_with_the_same_code(string name)
    {
        using var folder = new BuildFolder();
        var expected = Expectation.Load(name);
        Prepare(folder, expected);
        Assert.Equal(expected.Output, await OutputOf(folder, expected, name.StartsWith("81", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_attempt_is_continued_behind_what_had_succeeded_unless_other_targets_are_named()
    {
        using var folder = new BuildFolder();
        foreach (var name in Attempts)
        {
            var expected = Expectation.Load(name);
            Assert.Equal(expected.Output, await OutputOf(folder, expected));
        }
    }

    private static void Prepare(BuildFolder folder, Expectation expected)
    {
        Directory.CreateDirectory(folder["sub"]);
        File.WriteAllText(folder[".nuke/parameters.ci.json"], """{ "Retries": 42, "Name": "from-ci-profile" }""");
        File.WriteAllText(folder[".nuke/parameters.other.json"], """{ "Retries": 77 }""");
        if (expected.Parameters != null)
        {
            File.WriteAllText(folder[".nuke/parameters.json"], expected.Parameters);
        }
    }

    private static async Task<string> OutputOf(BuildFolder folder, Expectation expected, bool inSubfolder = false)
    {
        var (exitCode, output) = await folder.RunAsync(
            "Engine.Sample.dll",
            expected.Arguments.Select(word => word.Replace("/ROOT", folder.Root, StringComparison.Ordinal)),
            expected.Environment,
            inSubfolder ? folder["sub"] : null);
        return $"{Expectation.Normalise(output, folder.Root)}\n[exit code {exitCode}]";
    }
}
