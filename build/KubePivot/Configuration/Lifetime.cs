using System.Globalization;

namespace KubePivot.Configuration;

/// <summary>Lifetimes as cluster.yaml writes them: <c>10y</c>, <c>90d</c>, <c>12h</c>. A year is 365 days.</summary>
public static class Lifetime
{
    internal const string Rule = "must be a whole number of years, days or hours, as in 10y, 90d or 12h";

    public static bool TryParse(string text, out TimeSpan lifetime)
    {
        lifetime = TimeSpan.Zero;
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var hours = text[^1] switch { 'y' => 365L * 24, 'd' => 24, 'h' => 1, _ => -1 };
        if (hours < 0 || number * hours > TimeSpan.MaxValue.TotalHours)
        {
            return false;
        }

        lifetime = TimeSpan.FromHours(number * hours);
        return true;
    }

    /// <summary>The shortest way to write a lifetime: <c>1y</c>, <c>90d</c>, <c>12h</c>.</summary>
    public static string Words(TimeSpan lifetime) => (long)lifetime.TotalHours switch
    {
        var hours when hours > 0 && hours % (365 * 24) == 0 => $"{hours / (365 * 24)}y",
        var hours when hours > 0 && hours % 24 == 0 => $"{hours / 24}d",
        var hours => $"{hours}h",
    };
}
