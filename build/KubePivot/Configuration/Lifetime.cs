using System.Globalization;

namespace KubePivot.Configuration;

/// <summary>Lifetimes as cluster.yaml writes them: <c>10y</c>, <c>90d</c>, <c>12h</c>, <c>30m</c>. A year is 365 days.</summary>
public static class Lifetime
{
    internal const string Rule = "must be a whole number of years, days, hours or minutes, as in 10y, 90d, 12h or 30m";

    public static bool TryParse(string text, out TimeSpan lifetime)
    {
        lifetime = TimeSpan.Zero;
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var minutes = text[^1] switch { 'y' => 365L * 24 * 60, 'd' => 24 * 60, 'h' => 60, 'm' => 1, _ => -1 };
        if (minutes < 0 || number * minutes > TimeSpan.MaxValue.TotalMinutes)
        {
            return false;
        }

        lifetime = TimeSpan.FromMinutes(number * minutes);
        return true;
    }

    /// <summary>The shortest way to write a lifetime: <c>1y</c>, <c>90d</c>, <c>12h</c>, <c>30m</c>.</summary>
    public static string Words(TimeSpan lifetime) => (long)lifetime.TotalMinutes switch
    {
        var minutes when minutes > 0 && minutes % (365 * 24 * 60) == 0 => $"{minutes / (365 * 24 * 60)}y",
        var minutes when minutes > 0 && minutes % (24 * 60) == 0 => $"{minutes / (24 * 60)}d",
        var minutes when minutes % 60 == 0 => $"{minutes / 60}h",
        var minutes => $"{minutes}m",
    };
}
