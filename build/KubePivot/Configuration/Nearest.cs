namespace KubePivot.Configuration;

/// <summary>Finds the known word that a mistyped one is nearest to.</summary>
internal static class Nearest
{
    /// <summary><c>; did you mean 'lxc'?</c>, or nothing if no known word is near.</summary>
    public static string Hint(string word, IEnumerable<string> known)
    {
        var nearest = known.MinBy(candidate => Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant()));
        return nearest != null && Distance(word.ToLowerInvariant(), nearest.ToLowerInvariant()) <= Math.Max(2, nearest.Length / 3)
            ? $"; did you mean '{nearest}'?"
            : "";
    }

    /// <summary>Levenshtein distance: insertions, deletions and replacements that make one word the other.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[to.Length];
    }
}
