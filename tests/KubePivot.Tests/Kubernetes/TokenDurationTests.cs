using KubePivot.Kubernetes;

namespace KubePivot.Tests.Kubernetes;

public sealed class TokenDurationTests
{
    [Theory]
    [InlineData("10m", 10)]
    [InlineData("30m", 30)]
    [InlineData("24h", 1440)]
    [InlineData("7d", 10080)]
    [InlineData("49710d", 71582400)]
    public void Minutes_hours_and_days_are_durations(string text, int minutes) => Assert.Equal(TimeSpan.FromMinutes(minutes), TokenDuration.Parse("--token-duration", text));

    [Theory]
    [InlineData("", "whole number of minutes, hours or days")]
    [InlineData("h", "whole number of minutes, hours or days")]
    [InlineData("24", "whole number of minutes, hours or days")]
    [InlineData("1.5h", "whole number of minutes, hours or days")]
    [InlineData("-1h", "whole number of minutes, hours or days")]
    [InlineData("1y", "whole number of minutes, hours or days")]
    [InlineData("99999999999999999999d", "whole number of minutes, hours or days")]
    [InlineData("9m", "at least 10m")]
    [InlineData("0d", "at least 10m")]
    [InlineData("49711d", "at most 49710d")]
    [InlineData("9223372036854775807d", "at most 49710d")]
    public void Anything_else_is_refused_with_the_rule(string text, string rule)
    {
        var refused = Assert.Throws<InvalidInputException>(() => TokenDuration.Parse("--token-duration", text));

        Assert.Contains($"--token-duration '{text}': must be ", refused.Message);
        Assert.Contains(rule, refused.Message);
    }
}
