using System.Globalization;
using System.Text;

namespace KubePivot;

/// <summary>
/// Text for a terminal: what came from a file or a machine must not move the cursor, colour the screen, or read from right to left.
/// </summary>
internal static class Printable
{
    /// <summary>Enough of a value to know it by.</summary>
    private const int LongestValue = 200;

    /// <summary>A value on one line, cut off where it is long.</summary>
    public static string Value(string text) => Escaped(text.Length > LongestValue ? $"{text[..LongestValue]}…" : text, "");

    /// <summary>Lines, each with what it has.</summary>
    public static string Lines(string text) => Escaped(text, "\r\n\t");

    private static string Escaped(string text, string allowed)
    {
        if (!text.Any(character => MustBeEscaped(character, allowed)))
        {
            return text;
        }

        var printable = new StringBuilder();
        foreach (var character in text)
        {
            _ = MustBeEscaped(character, allowed) ? printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}") : printable.Append(character);
        }

        return printable.ToString();
    }

    /// <summary>Letters beyond 16 bits are escaped as well, whole or halved: no name or value of ours has one.</summary>
    private static bool MustBeEscaped(char character, string allowed) =>
        character >= ' ' && character < '\u007f' ? false
        : !allowed.Contains(character, StringComparison.Ordinal) && char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse;
}
