using YamlDotNet.RepresentationModel;

namespace KubePivot.Assets;

/// <summary>An entry of <c>programs</c> in the release catalogue: a program that is downloaded, for all releases.</summary>
/// <param name="Version">The program's own version, by Kubernetes release; null: it is released with Kubernetes.</param>
internal sealed record PublishedProgram(string Name, DatedValue? Version, string Url, string Checksum, IReadOnlyList<string> Files, string Folder)
{
    /// <exception cref="InvalidCastException">The entry has another shape.</exception>
    /// <exception cref="KeyNotFoundException">Something is missing in it.</exception>
    public static PublishedProgram Read(string name, YamlMappingNode node) => new(
        name,
        node.Children.TryGetValue("version", out var version) ? DatedValue.Read(version) : null,
        DatedValue.Text(node["url"]),
        DatedValue.Text(node["checksum"]),
        [.. ((YamlSequenceNode)node["files"]).Select(DatedValue.Text)],
        DatedValue.Text(node["to"]));

    /// <summary>What is downloaded for a release; null if the program comes from elsewhere then.</summary>
    /// <exception cref="StageException">An address is none.</exception>
    public ProgramDownload? For(string release, string architecture)
    {
        var version = Version == null ? release : Version.For(DatedValue.Minor(release));
        return version == null ? null : new(Name, Address(Url), Address(Checksum), [.. Files.Select(Filled)], Folder);

        Uri Address(string text) => Uri.TryCreate(Filled(text), UriKind.Absolute, out var address)
            ? address
            : throw new StageException($"templates/releases.yaml: the program {Name} is to be had at '{Printable.Value(Filled(text))}', which is no address.");

        string Filled(string text) => text
            .Replace("{release}", release, StringComparison.Ordinal)
            .Replace("{version}", version, StringComparison.Ordinal)
            .Replace("{number}", version.TrimStart('v'), StringComparison.Ordinal)
            .Replace("{arch}", architecture, StringComparison.Ordinal);
    }
}
