using System.Text.RegularExpressions;

namespace KubePivot.Images;

/// <summary>Finds a file's SHA-256 in what release sites publish: the bare number, or a list as sha256sum writes it.</summary>
public static partial class PublishedChecksum
{
    /// <param name="text">What was published.</param>
    /// <param name="fileName">The file's name, without folder.</param>
    /// <returns>Lower-case hexadecimal; null if the text does not tell.</returns>
    public static string? Find(string text, string fileName)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines is [var only] && Bare().IsMatch(only)
            ? only.ToLowerInvariant()
            : lines.Select(line => Listed().Match(line)).FirstOrDefault(match => match.Success && Path.GetFileName(match.Groups["name"].Value) == fileName)?.Groups["hash"].Value.ToLowerInvariant();
    }

    [GeneratedRegex("^[0-9a-fA-F]{64}$")]
    private static partial Regex Bare();

    [GeneratedRegex("^(?<hash>[0-9a-fA-F]{64}) [ *](?<name>.+)$")]
    private static partial Regex Listed();
}
