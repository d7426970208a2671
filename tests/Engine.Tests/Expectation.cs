using System.Text.RegularExpressions;

namespace KubePivot.Engine;

/// <summary>
/// A call of the sample build, and what NUKE 10.1.0 printed for it. Times and dates are the words TIME and DATE, the root is /ROOT;
/// stack traces, and targets and extensions that the sample does not have, are left out.
/// </summary>
/// <param name="Arguments">Words of the call.</param>
/// <param name="Environment">Variables of the call.</param>
/// <param name="Parameters">Content of <c>.nuke/parameters.json</c>, or null.</param>
/// <param name="Output">All that was printed, and the line <c>[exit code N]</c>.</param>
internal sealed partial record Expectation(
    IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string? Parameters, string Output)
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Expectations");

    /// <summary>Names of all expectations.</summary>
    public static IEnumerable<string> Names() => Directory.GetFiles(Folder, "*.golden").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)!;

    public static Expectation Load(string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder, $"{name}.golden")).ReplaceLineEndings("\n");
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var head = text[..end].Split('\n').Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair.ElementAtOrDefault(1) ?? "");
        return new(
            [.. Words().Matches(head["args"]).Select(word => word.Value.Trim('"'))],
            head.GetValueOrDefault("env", "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]),
            head.GetValueOrDefault("parameters.json"),
            text[(end + 2)..].TrimEnd('\n'));
    }

    /// <summary>What was printed, in the form of the expectations.</summary>
    public static string Normalise(string output, string root)
    {
        var lines = output.Replace(root, "/ROOT", StringComparison.Ordinal).ReplaceLineEndings("\n").Split('\n')
            .Where(line => !StackTraces().IsMatch(line));
        var text = Times().Replace(string.Join('\n', lines), "TIME");
        text = Dates().Replace(text, "DATE");
        return text.EndsWith('\n') ? text[..^1] : text;
    }

    [GeneratedRegex("""
        "[^"]*"|\S+
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Words();

    [GeneratedRegex(@"^(\e\[[\d;]*m)?   (at |--- End of inner)")]
    private static partial Regex StackTraces();

    [GeneratedRegex(@"\d\d:\d\d:\d\d")]
    private static partial Regex Times();

    [GeneratedRegex(@"\d+/\d+/\d{4} TIME")]
    private static partial Regex Dates();
}
