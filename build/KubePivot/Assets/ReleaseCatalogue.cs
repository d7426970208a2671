using System.Globalization;
using KubePivot.Configuration;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using Version = System.Version;

namespace KubePivot.Assets;

/// <summary>
/// What is known of Kubernetes releases, read from <c>templates/releases.yaml</c>: each source's images, and the switches in which
/// releases differ (API versions, flags, labels). The one place that compares versions.
/// </summary>
public sealed class ReleaseCatalogue
{
    private readonly string file;
    private readonly Dictionary<string, SourceEntry> sources;
    private readonly Dictionary<string, List<(Version Since, object Value)>> switches;

    private ReleaseCatalogue(string file, YamlMappingNode root)
    {
        this.file = file;
        sources = Map(root, "sources").ToDictionary(pair => Text(pair.Key), pair => ReadSource((YamlMappingNode)pair.Value), StringComparer.Ordinal);
        switches = Map(root, "switches").ToDictionary(pair => Text(pair.Key), pair => ReadSwitch((YamlSequenceNode)pair.Value), StringComparer.Ordinal);
    }

    /// <exception cref="StageException">The file is missing, is no YAML, or has another shape.</exception>
    public static ReleaseCatalogue Load(ClusterPaths paths)
    {
        var file = Path.Combine(paths.Templates, "releases.yaml");
        try
        {
            using var reader = new StreamReader(file);
            var stream = new YamlStream();
            stream.Load(reader);
            return new ReleaseCatalogue(file, (YamlMappingNode)stream.Documents[0].RootNode);
        }
        catch (YamlException exception)
        {
            throw new StageException($"{file}:{exception.Start.Line}: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or InvalidCastException or KeyNotFoundException or FormatException or ArgumentOutOfRangeException)
        {
            throw new StageException($"{file} is no release catalogue: {exception.Message}", exception);
        }
    }

    /// <summary>The release that a source gives when cluster.yaml names none, as in <c>v1.20.2</c>.</summary>
    public string DefaultVersion(KubernetesSource source) => Source(source).Version;

    /// <summary>The components that a source has images for, in alphabetical order.</summary>
    public IEnumerable<string> Components(KubernetesSource source) => Source(source).Images.Keys.Order(StringComparer.Ordinal);

    public bool HasImage(KubernetesRelease release, string component) => Source(release.Source).Images.ContainsKey(component);

    /// <summary>The image reference of a component, as in <c>kubepivot.local/kube-proxy:v1.20.2</c>.</summary>
    /// <exception cref="StageException">The source has no image of it; the message lists those it has.</exception>
    public string Image(KubernetesRelease release, string component) =>
        Source(release.Source).Images.TryGetValue(component, out var image)
            ? image.Replace("{version}", release.Version, StringComparison.Ordinal)
            : throw new StageException(
                $"{file} names no image '{component}' for {release}; it has {string.Join(", ", Components(release.Source))}.");

    /// <summary>The values that the switches have for a release, by name: text or <see cref="bool"/>.</summary>
    /// <exception cref="StageException">The release is older than the oldest that a switch knows.</exception>
    public IReadOnlyDictionary<string, object> Switches(KubernetesRelease release)
    {
        var version = Parse(release.Version);
        return switches.ToDictionary(
            pair => pair.Key,
            pair => pair.Value.LastOrDefault(entry => entry.Since <= version).Value
                ?? throw new StageException($"Kubernetes {release.Version} is older than {pair.Value[0].Since}, the oldest release that {file} knows."),
            StringComparer.Ordinal);
    }

    private SourceEntry Source(KubernetesSource source)
    {
        var name = source.ToString().ToLowerInvariant();
        return sources.TryGetValue(name, out var entry)
            ? entry
            : throw new StageException(
                $"{file} has no images for the source '{name}' yet; kubernetes.source in cluster.yaml can be {string.Join(", ", sources.Keys)}.");
    }

    private static SourceEntry ReadSource(YamlMappingNode node) => new(
        Text(node["version"]),
        Map(node, "images").ToDictionary(pair => Text(pair.Key), pair => Text(pair.Value), StringComparer.Ordinal));

    private static List<(Version Since, object Value)> ReadSwitch(YamlSequenceNode node) =>
        [.. node.Cast<YamlMappingNode>().Select(entry => (Parse(Text(entry["since"])), Value(Text(entry["value"])))).OrderBy(entry => entry.Item1)];

    private static object Value(string text) => bool.TryParse(text, out var flag) ? flag : text;

    private static YamlMappingNode Map(YamlMappingNode node, string key) => (YamlMappingNode)node[key];

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    /// <summary>Major and minor of a release: a patch release differs in nothing that templates ask for.</summary>
    private static Version Parse(string text)
    {
        var parts = text.TrimStart('v').Split('.');
        return new Version(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    /// <param name="Version">The default release.</param>
    /// <param name="Images">Image references by component.</param>
    private sealed record SourceEntry(string Version, IReadOnlyDictionary<string, string> Images);
}
