using KubePivot.Configuration;
using KubePivot.Files;
using KubePivot.Images;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using Version = System.Version;

namespace KubePivot.Assets;

/// <summary>
/// What is known of Kubernetes releases, read from <c>templates/releases.yaml</c>: the supported range, each source's images, the
/// images that each add-on needs, and the switches in which releases differ. The one place that compares versions.
/// </summary>
public sealed class ReleaseCatalogue
{
    private readonly string file;
    private readonly SortedDictionary<Version, string> patches;
    private readonly Dictionary<string, YamlNode> addons;
    private readonly Dictionary<string, DatedValue> switches;
    private readonly Dictionary<string, SourceEntry> sources;
    private readonly DatedValue machinesDebian;
    private readonly Dictionary<string, string> own;

    private ReleaseCatalogue(string file, YamlMappingNode root)
    {
        this.file = file;
        patches = new(Map(root, "releases").ToDictionary(pair => DatedValue.Minor(DatedValue.Text(pair.Key)), pair => DatedValue.Text(pair.Value)));
        var entries = Map(root, "sources").ToDictionary(pair => DatedValue.Text(pair.Key), pair => (YamlMappingNode)pair.Value, StringComparer.Ordinal);
        sources = entries.ToDictionary(pair => pair.Key, pair => ReadSource(pair.Value, entries), StringComparer.Ordinal);
        addons = Map(root, "addons").ToDictionary(pair => DatedValue.Text(pair.Key), pair => pair.Value, StringComparer.Ordinal);
        switches = Map(root, "switches").ToDictionary(pair => DatedValue.Text(pair.Key), pair => DatedValue.Read(pair.Value), StringComparer.Ordinal);
        machinesDebian = DatedValue.Read(root["machines"]);
        own = Map(root, "own").ToDictionary(pair => DatedValue.Text(pair.Key), pair => DatedValue.Text(pair.Value), StringComparer.Ordinal);
        Apis = ServedApis.Read((YamlSequenceNode)root["apis"]);
    }

    /// <summary>The oldest supported minor release, as in <c>v1.20</c>.</summary>
    public string Oldest => $"v{patches.Keys.First()}";

    /// <summary>The newest minor release that the templates are written and checked for, as in <c>v1.37</c>.</summary>
    public string Newest => $"v{patches.Keys.Last()}";

    /// <summary>The newest known patch release of each supported minor release, oldest first.</summary>
    public IReadOnlyList<string> Releases => [.. patches.Values];

    /// <summary>Which API versions the releases serve.</summary>
    public ServedApis Apis { get; }

    /// <exception cref="StageException">The file is missing, is no YAML, or has another shape.</exception>
    public static ReleaseCatalogue Load(ClusterPaths paths)
    {
        var file = Path.Combine(paths.Templates, "releases.yaml");
        try
        {
            return new ReleaseCatalogue(file, (YamlMappingNode)BoundedYaml.Load(File.ReadAllText(file)).Documents[0].RootNode);
        }
        catch (YamlException exception)
        {
            throw new StageException($"{file}:{exception.Start.Line}: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or InvalidCastException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new StageException($"{file} is no release catalogue: {exception.Message}", exception);
        }
    }

    /// <summary>What is wrong with a version that was asked for, or null: it must be a release of the supported range.</summary>
    /// <param name="path">Where it was given, as in <c>kubernetes.version</c>.</param>
    /// <param name="version">As in <c>v1.34.1</c>.</param>
    public Problem? ProblemOf(string path, string version) =>
        ReleaseVersion.TryParse(version) is { } parsed && patches.ContainsKey(new Version(parsed.Major, parsed.Minor))
            ? null
            : new Problem(path, version, $"must be a release from {Oldest} to {Newest}, as in {patches.Values.Last()}");

    /// <summary>The release that a source gives when cluster.yaml names none, as in <c>v1.20.2</c>.</summary>
    public string DefaultVersion(KubernetesSource source) => Source(source).Version;

    /// <summary>What is downloaded for a release of source upstream, in the catalogue's order.</summary>
    /// <param name="version">As in <c>v1.34.1</c>.</param>
    /// <param name="architecture">As in <c>amd64</c>.</param>
    public IReadOnlyList<ProgramDownload> Downloads(string version, string architecture) =>
        [.. Source(KubernetesSource.Upstream).Programs.Select(program => program.For(version, architecture)).OfType<ProgramDownload>()];

    /// <summary>The components that a source has images for, in alphabetical order.</summary>
    public IEnumerable<string> Components(KubernetesSource source) => Source(source).Images.Keys.Order(StringComparer.Ordinal);

    public bool HasImage(KubernetesRelease release, string component) => Find(release, component) != null;

    /// <summary>The image reference of a component, as in <c>kubepivot.local/kube-proxy:v1.20.2</c>.</summary>
    /// <exception cref="StageException">The source has no image of it; the message lists those it has.</exception>
    public string Image(KubernetesRelease release, string component) => Find(release, component)
        ?? throw new StageException($"{file} names no image '{component}' for {release}; it has {string.Join(", ", Images(release).Keys)}.");

    /// <summary>All image references that a source names for a release, by component, in alphabetical order.</summary>
    public IReadOnlyDictionary<string, string> Images(KubernetesRelease release) => new SortedDictionary<string, string>(
        Components(release.Source).Union(release.Overrides.Keys).Where(component => HasImage(release, component)).ToDictionary(component => component, component => Find(release, component)!), StringComparer.Ordinal);

    /// <summary>The image references that a cluster pulls: those of the control plane and of the add-ons that it asks for.</summary>
    public IReadOnlyDictionary<string, string> ImagesOf(KubernetesRelease release, ClusterSpec spec)
    {
        var asked = spec.Addons.SelectMany(addon => AddonImages(addon, spec.Dashboard)).ToHashSet(StringComparer.Ordinal);
        var unasked = KnownAddons.All.SelectMany(addon => Enum.GetValues<DashboardKind>().SelectMany(kind => AddonImages(addon, kind))).Except(asked).ToHashSet(StringComparer.Ordinal);
        return new SortedDictionary<string, string>(Images(release).Where(image => !unasked.Contains(image.Key)).ToDictionary(), StringComparer.Ordinal);
    }

    /// <summary>The components whose images an add-on runs.</summary>
    /// <param name="addon">One of <see cref="KnownAddons"/>.</param>
    /// <param name="dashboard">Which dashboard is meant by <c>kube-dashboard</c>.</param>
    /// <exception cref="StageException">The catalogue does not list them.</exception>
    public IReadOnlyList<string> AddonImages(string addon, DashboardKind dashboard)
    {
        var entry = addons.GetValueOrDefault(addon);
        if (entry is YamlMappingNode kinds)
        {
            kinds.Children.TryGetValue(Choices.Dashboard.NameOf(dashboard), out entry);
        }

        return entry is YamlSequenceNode images && images.All(image => image is YamlScalarNode)
            ? [.. images.Select(DatedValue.Text)]
            : throw new StageException($"{file} must list the images of the add-on {addon}.");
    }

    /// <summary>Why an add-on cannot be installed: the images of it that the source lacks. Null if it has all.</summary>
    public LeftOutAddon? LeftOut(KubernetesRelease release, string addon, DashboardKind dashboard)
    {
        var missing = AddonImages(addon, dashboard).Where(component => !HasImage(release, component)).ToList();
        return missing.Count == 0 ? null : new LeftOutAddon(addon, missing, [.. Choices.Source.Names.Where(sources.ContainsKey).Select(Named).Where(source => source != release.Source && missing.All(Source(source).Images.ContainsKey))]);
    }

    /// <summary>The values that the switches have for a release, by name: text or <see cref="bool"/>.</summary>
    /// <exception cref="StageException">The release is older than the oldest that a switch knows.</exception>
    public IReadOnlyDictionary<string, object> Switches(KubernetesRelease release)
    {
        var minor = DatedValue.Minor(release.Version);
        return switches.ToDictionary(
            pair => pair.Key,
            pair => pair.Value.For(minor) is { } value
                ? bool.TryParse(value, out var flag) ? flag : (object)value
                : throw new StageException($"Kubernetes {release.Version} is older than {pair.Value.Oldest}, the oldest release that {file} knows."),
            StringComparer.Ordinal);
    }

    /// <summary>Code name of Debian's release that lxc machines are made of where nothing but Kubernetes is given, as in <c>trixie</c>.</summary>
    /// <param name="version">As in <c>v1.34.1</c>, of the supported range.</param>
    /// <exception cref="StageException">The catalogue names none.</exception>
    public string MachinesDebian(string version) => machinesDebian.For(DatedValue.Minor(version)) ?? machinesDebian.For(patches.Keys.First())
        ?? throw new StageException($"{file} must say which Debian machines are made of for {Oldest} and newer.");

    /// <summary>Whether a component's image is made by the build itself, and is in no registry.</summary>
    public bool IsOwn(KubernetesRelease release, string component) => own.ContainsKey(component) && !release.Overrides.ContainsKey(component);

    private string? Find(KubernetesRelease release, string component) => release.Overrides.TryGetValue(component, out var given) ? given
        : own.TryGetValue(component, out var made) ? made.Replace("{program}", release.NodeProgram, StringComparison.Ordinal)
        : release.Images != null ? release.Images.GetValueOrDefault(component) : Source(release.Source).Images.TryGetValue(component, out var image)
        ? image.For(DatedValue.Minor(release.Version))?.Replace("{version}", release.Version, StringComparison.Ordinal).Replace("{arch}", KubernetesArtifacts.Architecture, StringComparison.Ordinal)
        : null;

    private SourceEntry Source(KubernetesSource source)
    {
        var name = source.ToString().ToLowerInvariant();
        return sources.TryGetValue(name, out var entry)
            ? entry
            : throw new StageException(
                $"{file} has no images for the source '{name}'; kubernetes.source in cluster.yaml can be {string.Join(", ", sources.Keys)}.");
    }

    private static KubernetesSource Named(string name) => Choices.Source.TryParse(name, out var source) ? source : throw new ArgumentException($"There is no source {name}.", nameof(name));

    /// <summary>A source that is <c>like</c> another has the versions and image references of that one.</summary>
    private static SourceEntry ReadSource(YamlMappingNode node, Dictionary<string, YamlMappingNode> all)
    {
        for (var passed = new HashSet<string>(StringComparer.Ordinal); node.Children.TryGetValue("like", out var other);)
        {
            var name = DatedValue.Text(other);
            node = passed.Add(name) ? all[name] : throw new FormatException($"the source '{name}' is like itself");
        }

        return new(
            DatedValue.Text(node["version"]),
            Map(node, "images").ToDictionary(pair => DatedValue.Text(pair.Key), pair => DatedValue.Read(pair.Value), StringComparer.Ordinal),
            node.Children.ContainsKey("programs") ? [.. Map(node, "programs").Select(pair => PublishedProgram.Read(DatedValue.Text(pair.Key), (YamlMappingNode)pair.Value))] : []);
    }

    private static YamlMappingNode Map(YamlMappingNode node, string key) => (YamlMappingNode)node[key];

    /// <param name="Version">The default release.</param>
    /// <param name="Images">Image references by component.</param>
    /// <param name="Programs">What is downloaded; empty for a source that has its programs in another way.</param>
    private sealed record SourceEntry(string Version, IReadOnlyDictionary<string, DatedValue> Images, IReadOnlyList<PublishedProgram> Programs);
}
