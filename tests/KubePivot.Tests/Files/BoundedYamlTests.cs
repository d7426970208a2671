using KubePivot.Configuration;
using KubePivot.Files;
using YamlDotNet.Core;

namespace KubePivot.Tests.Files;

public class BoundedYamlTests
{
    [Theory]
    [InlineData("[")]
    [InlineData("{ a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void Nesting_that_would_take_the_stack_is_refused_with_its_place(string opening)
    {
        var exception = Assert.Throws<YamlException>(() => BoundedYaml.Load(string.Concat(Enumerable.Repeat(opening, 100_000))));

        Assert.Equal("is nested deeper than 100 levels", exception.Message);
    }

    [Fact]
    public void Nesting_as_deep_as_people_write_it_is_read() =>
        Assert.Single(BoundedYaml.Load($"{new string('[', 90)}{new string(']', 90)}").Documents);

    [Fact]
    public void Aliases_that_stand_for_more_than_there_is_memory_are_refused()
    {
        var laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 12).Select(n => $"a{n}: &a{n} [{string.Join(", ", Enumerable.Repeat($"*a{n - 1}", 9))}]\n"));

        Assert.Equal("stands for more than 1000000 values", Assert.Throws<YamlException>(() => BoundedYaml.Load(laughs)).Message);
        Assert.Contains("stands for more than", Assert.Throws<InvalidInputException>(() => ClusterFile.Parse(laughs, "cluster.yaml")).Message);
    }

    [Fact]
    public void Aliases_of_moderate_use_are_read() =>
        Assert.Equal("10.2.0.0/16", ClusterFile.Parse("name: &n tds\nnamespace: *n\n", "cluster.yaml").Network.PodCidr);

    [Fact]
    public void An_alias_for_what_it_lies_in_is_refused() =>
        Assert.Contains("the alias *a stands for nothing, or for what it lies in", Assert.Throws<YamlException>(() => BoundedYaml.Load("&a [*a]")).Message);

    [Fact]
    public void What_is_wrong_is_told_in_short_though_it_quotes_aliases()
    {
        var levels = string.Concat(Enumerable.Range(1, 5).Select(level => $", &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 9))}]"));

        var exception = Assert.Throws<YamlException>(() => BoundedYaml.Load($"[&a0 [x]{levels}, {{ ? *a5 : 1, ? *a5 : 2 }}]"));

        Assert.InRange((exception.InnerException ?? exception).Message.Length, 10, 1000);
        Assert.Equal(1, exception.Start.Line);
    }
}
