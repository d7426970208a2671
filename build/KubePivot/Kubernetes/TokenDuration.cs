using System.Globalization;

namespace KubePivot.Kubernetes;

/// <summary>How long a login token is good, as <c>--token-duration</c> says it: <c>30m</c>, <c>24h</c>, <c>7d</c>.</summary>
public static class TokenDuration
{
    /// <summary>The API refuses tokens of less.</summary>
    public static TimeSpan Shortest { get; } = TimeSpan.FromMinutes(10);

    /// <summary>The API counts seconds and takes no more than 2^32 of them.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(49710);

    /// <param name="path">Where it was given, for the message: <c>--token-duration</c>.</param>
    /// <exception cref="InvalidInputException">The text is no duration, or one that is too short or too long.</exception>
    public static TimeSpan Parse(string path, string text)
    {
        var unit = text.Length < 2 ? 0 : text[^1] switch { 'm' => 1L, 'h' => 60, 'd' => 24 * 60, _ => 0 };
        if (unit == 0 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw Refused(path, text, "must be a whole number of minutes, hours or days, as in 30m, 24h or 7d");
        }

        return number > (long)Longest.TotalMinutes / unit ? throw Refused(path, text, $"must be at most {Longest.TotalDays:0}d")
            : number * unit < (long)Shortest.TotalMinutes ? throw Refused(path, text, $"must be at least {Shortest.TotalMinutes:0}m: the API issues no shorter ones")
            : TimeSpan.FromMinutes(number * unit);
    }

    private static InvalidInputException Refused(string path, string text, string rule) => new("Invalid value:", [new Problem(path, text, rule)]);
}
