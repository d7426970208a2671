using System.Text;

namespace Nuke.Common;

/// <summary>Names of options: <c>NuGetApiKey</c> is <c>nuget-api-key</c>.</summary>
internal static class DashedName
{
    /// <summary>Words that have capitals inside and stay whole.</summary>
    private static readonly string[] KnownWords =
        ["DotNet", "GitHub", "GitVersion", "MSBuild", "NuGet", "ReSharper", "AppVeyor", "TeamCity", "GitLab", "SignPath", "JetBrains"];

    public static string Of(string name)
    {
        var words = KnownWords.Aggregate(name, (text, word) => text.Replace(word, $"{word[0]}{word[1..].ToLowerInvariant()}", StringComparison.Ordinal));
        var dashed = new StringBuilder();
        for (var i = 0; i < words.Length; i++)
        {
            if (i > 0 && char.IsUpper(words[i]) && char.IsLower(words[i - 1]))
            {
                dashed.Append('-');
            }

            dashed.Append(char.ToLowerInvariant(words[i]));
        }

        return dashed.ToString();
    }
}
