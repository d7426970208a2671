namespace KubePivot.Tests;

public class PrintableTests
{
    [Theory]
    [InlineData("\u001b[2J", "\\u001b[2J")]
    [InlineData("a\nb", "a\\u000ab")]
    [InlineData("\u202egnp.exe", "\\u202egnp.exe")]
    [InlineData("Zürich", "Zürich")]
    public void What_would_move_the_cursor_or_turn_the_line_is_shown_as_a_number(string value, string shown) =>
        Assert.Equal($"name '{shown}': must be a name", new Problem("name", value, "must be a name").ToString());

    [Fact]
    public void A_long_value_is_cut_off() =>
        Assert.Equal($"name '{new string('a', 200)}…': is too long", new Problem("name", new string('a', 100_000), "is too long").ToString());

    [Fact]
    public void Lines_of_a_message_stay_lines() => Assert.Equal("a\n\tb\\u0007", new StageException("a\n\tb\u0007").Message);

    [Fact]
    public void Of_very_many_problems_a_hundred_are_shown()
    {
        var lines = new InvalidInputException("wrong:", [.. Enumerable.Range(0, 5000).Select(number => new Problem($"line {number}", null, "is wrong"))]).Message.Split(Environment.NewLine);

        Assert.Equal((102, "  - and 4900 more"), (lines.Length, lines[^1]));
    }
}
