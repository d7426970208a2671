using System.Globalization;
using YamlDotNet.RepresentationModel;
using Version = System.Version;

namespace KubePivot.Assets;

/// <summary>
/// A value of the release catalogue that may differ from release to release: one text for all, or a list of entries with
/// <c>since</c> and, if it ends, <c>until</c>. The last entry that a release lies in holds.
/// </summary>
internal sealed class DatedValue
{
    private readonly List<(Version Since, Version? Until, string Value)> entries;

    private DatedValue(List<(Version Since, Version? Until, string Value)> entries) => this.entries = entries;

    /// <summary>The oldest release that it says something of; 0.0 if of all.</summary>
    public Version Oldest => entries.Min(entry => entry.Since)!;

    /// <summary>One value for all releases.</summary>
    public static DatedValue Always(string value) => new([(new Version(0, 0), null, value)]);

    /// <exception cref="InvalidCastException">It has another shape.</exception>
    public static DatedValue Read(YamlNode node) => node is YamlSequenceNode list
        ? new([.. list.Cast<YamlMappingNode>().Select(entry => (Minor(Text(entry["since"])), Until(entry), Text(entry["value"]))).OrderBy(entry => entry.Item1)])
        : Always(Text(node));

    /// <summary>The value for a release, or null if there is none.</summary>
    /// <param name="minor">Major and minor number, see <see cref="Minor"/>.</param>
    public string? For(Version minor) => entries.LastOrDefault(entry => entry.Since <= minor && (entry.Until == null || minor <= entry.Until)).Value;

    /// <summary>Major and minor number of a release such as <c>v1.20.2</c> or <c>v1.20</c>: a patch release differs in nothing that is asked here.</summary>
    /// <exception cref="FormatException">It is no release.</exception>
    public static Version Minor(string release)
    {
        var parts = release.TrimStart('v').Split('.');
        return parts.Length >= 2 && Number(parts[0]) is { } major && Number(parts[1]) is { } minor
            ? new Version(major, minor)
            : throw new FormatException($"'{Printable.Value(release)}' is no release such as v1.20");

        static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    internal static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    internal static Version? Until(YamlMappingNode entry) => entry.Children.TryGetValue("until", out var until) ? Minor(Text(until)) : null;
}
