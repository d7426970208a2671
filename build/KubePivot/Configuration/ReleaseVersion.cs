using System.Globalization;
using System.Text.RegularExpressions;

namespace KubePivot.Configuration;

/// <summary>Versions of Kubernetes releases, as in <c>v1.20.2</c>: three numbers without leading zeros and nothing else.</summary>
internal static partial class ReleaseVersion
{
    /// <returns>Null if the text is none.</returns>
    /// <remarks><see cref="Version.TryParse(string, out Version)"/> takes blanks and signs as well, which no path, image or address may have.</remarks>
    public static Version? TryParse(string text)
    {
        var match = Shape().Match(text);
        return match.Success ? new Version(Number(1), Number(2), Number(3)) : null;

        int Number(int group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>No number has more than five digits.</summary>
    [GeneratedRegex(@"^v(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
