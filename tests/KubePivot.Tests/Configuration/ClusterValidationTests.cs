using KubePivot.Configuration;

namespace KubePivot.Tests.Configuration;

public class ClusterValidationTests
{
    [Theory]
    [MemberData(nameof(Examples.Accepted), MemberType = typeof(Examples))]
    public void A_good_file_is_accepted(string yaml) => Assert.NotNull(ClusterFile.Parse(yaml, "cluster.yaml"));

    [Theory]
    [MemberData(nameof(Examples.RefusedByForm), MemberType = typeof(Examples))]
    public void A_value_of_the_wrong_form_is_refused_and_nothing_else(string yaml, string path) =>
        Assert.Equal(path, Assert.Single(Refusal(yaml).Problems).Path);

    [Theory]
    [MemberData(nameof(Examples.RefusedByRule), MemberType = typeof(Examples))]
    public void A_broken_rule_is_told_at_its_place(string yaml, string path, string rule) =>
        Assert.Contains(Refusal(yaml).Problems, problem => problem.Path == path && problem.Rule.Contains(rule, StringComparison.Ordinal));

    [Fact]
    public void A_hundred_and_fifty_four_workers_fit_and_one_more_does_not()
    {
        static string Yaml(int workers) =>
            "nodes:\n- { name: m1, role: master }\n" + string.Concat(Enumerable.Range(1, workers).Select(number => $"- {{ name: w{number}, role: worker }}\n"));

        var spec = ClusterFile.Parse(Yaml(154), "cluster.yaml");

        Assert.EndsWith(".254", new Cluster(spec, "cluster.yaml", MachineProvider.Lxc).Nodes[^1].Address, StringComparison.Ordinal);
        Assert.Contains("more than 154 workers", Refusal(Yaml(155)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10y", 87600 * 60)]
    [InlineData("90d", 2160 * 60)]
    [InlineData("12h", 12 * 60)]
    [InlineData("90m", 90)]
    public void A_lifetime_is_read_and_written_in_years_days_hours_or_minutes(string text, int minutes)
    {
        Assert.True(Lifetime.TryParse(text, out var lifetime));
        Assert.Equal(TimeSpan.FromMinutes(minutes), lifetime);
        Assert.Equal(text, Lifetime.Words(lifetime));
    }

    [Theory]
    [InlineData("")]
    [InlineData("y")]
    [InlineData("1.5y")]
    [InlineData(" 1y")]
    [InlineData("1Y")]
    [InlineData("99999999999y")]
    [InlineData("2147483647y")]
    public void What_is_no_lifetime_is_not_read(string text) => Assert.False(Lifetime.TryParse(text, out _));

    private static InvalidInputException Refusal(string yaml) => Assert.Throws<InvalidInputException>(() => ClusterFile.Parse(yaml, "cluster.yaml"));
}
