using KubePivot.Configuration;

namespace KubePivot.Execution;

/// <summary>The words of the call as NUKE takes them: an option begins with a dash, and the words up to the next one are its values.</summary>
internal sealed class GivenArguments(IReadOnlyCollection<string> words)
{
    /// <summary>A problem for each option that is none of <paramref name="names"/>, which are dashed: <c>cluster-file</c>.</summary>
    public IEnumerable<Problem> UnknownOptions(IReadOnlyList<string> names)
    {
        foreach (var word in words.Where(IsOption))
        {
            var name = word.TrimStart('-').Split('=')[0];
            if (!names.Any(known => IsSame(known, word)))
            {
                var isAssignment = word.Contains('=', StringComparison.Ordinal) && names.Any(known => IsSame(known, name));
                yield return new Problem(word, null, isAssignment
                    ? $"write --{name} {word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..]}, without ="
                    : $"is no option{Nearest.Hint(name, names).Replace("'", "--", StringComparison.Ordinal).Replace("--?", "?", StringComparison.Ordinal)}");
            }
        }
    }

    /// <summary>The values of an option, or null if it was not given. Of two the last counts.</summary>
    public IReadOnlyList<string>? ValuesOf(string option)
    {
        var list = words.ToList();
        var index = list.FindLastIndex(word => IsOption(word) && IsSame(option, word));
        return index < 0 ? null : [.. list.Skip(index + 1).TakeWhile(word => !IsOption(word))];
    }

    private static bool IsOption(string word) => word.StartsWith('-');

    private static bool IsSame(string option, string word) => string.Equals(WithoutDashes(option), WithoutDashes(word), StringComparison.OrdinalIgnoreCase);

    private static string WithoutDashes(string word) => word.Replace("-", "", StringComparison.Ordinal);
}
