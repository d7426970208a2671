using KubePivot.Configuration;
using KubePivot.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Images;

/// <summary>
/// A folder that holds all of Kubernetes that a cluster needs, for networks without a way out: <c>bundle.yaml</c> (version,
/// architecture), <c>bin/</c> (kubelet, kubectl), <c>images/</c> (archives, see <see cref="ImageArchive"/>), if need be <c>node/</c> (a
/// tree of further programs that mirrors <c>/</c> of a node), and <c>SHA256SUMS</c> of all of these, as sha256sum writes it.
/// </summary>
public sealed class Bundle
{
    public const string DescriptionFile = "bundle.yaml";

    /// <summary>Packages that the build is compiled with; build.sh looks for it by this name.</summary>
    public const string NuGetFolder = "nuget";

    private static readonly string[] NeededPrograms = ["kubelet", "kubectl"];

    private Bundle(string folder, string version, IReadOnlyList<ImageReference> images)
    {
        Folder = folder;
        Version = version;
        Images = images;
    }

    public string Folder { get; }

    /// <summary>The release of Kubernetes that it holds, as in <c>v1.20.2</c>.</summary>
    public string Version { get; }

    /// <summary>The images that it holds.</summary>
    public IReadOnlyList<ImageReference> Images { get; }

    /// <summary>What stands for the content in a fingerprint.</summary>
    public string State => File.ReadAllText(Path.Combine(Folder, Checksums.FileName));

    /// <summary>Whether a folder looks like a bundle.</summary>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, DescriptionFile));

    /// <summary>Reads a bundle and checks it.</summary>
    /// <param name="architecture">What the nodes have, as in <c>amd64</c>.</param>
    /// <param name="everyByte">Also compares all files with their checksums, which takes a second for each half gigabyte.</param>
    /// <exception cref="InvalidInputException">With everything that is wrong: files missing, cut off, altered, not listed; another architecture; no image archive.</exception>
    public static Bundle Load(string folder, string architecture, bool everyByte = true)
    {
        var problems = new List<Problem>();
        if (!Directory.Exists(folder) || !IsAt(folder))
        {
            throw Invalid(folder, [new(DescriptionFile, null, $"is missing: this is no bundle. ./build.sh FetchKubernetes --bundle-to {folder} makes one where there is a network")]);
        }

        var (version, described) = ReadDescription(folder, problems);
        if (described != null && described != architecture)
        {
            problems.Add(new($"{DescriptionFile}: architecture", described, $"the nodes are {architecture}"));
        }

        CheckSums(folder, everyByte, problems);
        CheckPrograms(folder, architecture, problems);
        var images = ReadImages(folder, architecture, problems);
        return problems.Count == 0 ? new(folder, version!, images) : throw Invalid(folder, problems);
    }

    /// <summary>The image that the bundle has of a component.</summary>
    /// <param name="names">What the image may be called, the best first; another version under the same name will do, too.</param>
    /// <returns>Null if it has none.</returns>
    public string? Find(IEnumerable<string> names)
    {
        var wanted = names.Select(ImageReference.TryParse).OfType<ImageReference>().ToList();
        return (wanted.FirstOrDefault(Images.Contains) ?? wanted.Select(name => Images.FirstOrDefault(image => image.Repository == name.Repository)).FirstOrDefault(image => image != null))?.ToString();
    }

    /// <summary>Writes description and checksums into a folder whose other files are in place.</summary>
    public static void Seal(string folder, string version, string architecture)
    {
        AtomicFile.Write(Path.Combine(folder, DescriptionFile), $"# Kubernetes for a network without a way out; see the README on source bundle.\nversion: {version}\narchitecture: {architecture}\n");
        Checksums.Write(folder);
    }

    private static (string? Version, string? Architecture) ReadDescription(string folder, List<Problem> problems)
    {
        try
        {
            var stream = BoundedYaml.Load(File.ReadAllText(Path.Combine(folder, DescriptionFile)));
            var root = stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode mapping ? mapping : [];
            var (version, architecture) = (Text(root, "version"), Text(root, "architecture"));
            if (version == null || ReleaseVersion.TryParse(version) is not { Major: 1 })
            {
                problems.Add(new($"{DescriptionFile}: version", version, "must be a release of Kubernetes, as in v1.20.2"));
            }

            if (architecture == null)
            {
                problems.Add(new($"{DescriptionFile}: architecture", null, "is missing: amd64 or arm64"));
            }

            return (version, architecture);
        }
        catch (YamlException exception)
        {
            problems.Add(new($"{DescriptionFile}:{exception.Start.Line}", null, $"is no YAML: {exception.Message}"));
            return (null, null);
        }
    }

    private static string? Text(YamlMappingNode root, string key) => root.Children.TryGetValue(key, out var node) && node is YamlScalarNode scalar ? scalar.Value : null;

    private static void CheckSums(string folder, bool everyByte, List<Problem> problems)
    {
        var list = Path.Combine(folder, Checksums.FileName);
        if (!File.Exists(list))
        {
            problems.Add(new(Checksums.FileName, null, Remedy("is missing")));
            return;
        }

        foreach (var file in everyByte ? Checksums.Damaged(folder) : Checksums.Missing(folder))
        {
            var there = File.Exists(Path.Combine(folder, file));
            problems.Add(new(file, null, there ? "is not what SHA256SUMS says: cut off or altered. Copy the bundle again" : "is missing. Copy the bundle again"));
        }

        var listed = File.ReadLines(list).Select(line => line.Split("  ", 2)[^1]).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Checksums.Files(folder).Where(file => !listed.Contains(file)))
        {
            problems.Add(new(file, null, Remedy("is not in SHA256SUMS")));
        }
    }

    private static string Remedy(string what) => $"{what}. If you put the file there yourself: (cd BUNDLE && find * -type f ! -name SHA256SUMS | xargs sha256sum > SHA256SUMS)";

    private static void CheckPrograms(string folder, string architecture, List<Problem> problems)
    {
        foreach (var program in NeededPrograms.Where(program => !File.Exists(Path.Combine(folder, "bin", program))))
        {
            problems.Add(new($"bin/{program}", null, "is missing"));
        }

        foreach (var file in Directory.Exists(Path.Combine(folder, "bin")) ? Directory.GetFiles(Path.Combine(folder, "bin")) : [])
        {
            var found = ElfProgram.ArchitectureOf(file);
            if (found != architecture)
            {
                problems.Add(new($"bin/{Path.GetFileName(file)}", found, $"must be a Linux program for {architecture}"));
            }
        }

        // Besides programs, anything may lie here.
        var tree = Path.Combine(folder, KubernetesArtifacts.NodeFolder);
        problems.AddRange((Directory.Exists(tree) ? Directory.EnumerateFiles(tree, "*", SearchOption.AllDirectories) : [])
            .Select(file => (Path: Path.GetRelativePath(folder, file), Found: ElfProgram.ArchitectureOf(file)))
            .Where(file => file.Found != null && file.Found != architecture)
            .Select(file => new Problem(file.Path, file.Found, $"must be a Linux program for {architecture}")));
    }

    private static List<ImageReference> ReadImages(string folder, string architecture, List<Problem> problems)
    {
        var references = new List<ImageReference>();
        var images = Path.Combine(folder, "images");
        foreach (var file in Directory.Exists(images) ? Directory.GetFiles(images).Order(StringComparer.Ordinal).ToArray() : [])
        {
            var name = $"images/{Path.GetFileName(file)}";
            if (!file.EndsWith(".tar", StringComparison.Ordinal))
            {
                problems.Add(new(name, null, "must be a plain tar archive with the ending .tar: unpack it with gunzip, or remove it"));
                continue;
            }

            try
            {
                foreach (var image in ImageArchive.Read(file))
                {
                    AddImage(name, image, architecture, references, problems);
                }
            }
            catch (InvalidDataException exception)
            {
                problems.Add(new(name, null, $"{exception.Message}: it must be an image archive, as 'ctr images export' or 'docker save' write it"));
            }
        }

        return references;
    }

    private static void AddImage(string file, ArchivedImage image, string architecture, List<ImageReference> references, List<Problem> problems)
    {
        if (image.Os != "linux" || image.Architecture != architecture)
        {
            problems.Add(new(file, $"{image.Os}/{image.Architecture}", $"the nodes are linux/{architecture}"));
        }

        var parsed = image.References.Select(text => (Text: text, Reference: ImageReference.TryParse(text))).ToList();
        problems.AddRange(parsed.Where(item => item.Reference?.Tag == null).Select(item => new Problem(file, item.Text, "must be a full image name with registry and tag")));
        references.AddRange(parsed.Select(item => item.Reference).OfType<ImageReference>());
        if (parsed.Count == 0)
        {
            problems.Add(new(file, null, "holds an image without a name; save it by its full name with tag"));
        }
    }

    private static InvalidInputException Invalid(string folder, IReadOnlyList<Problem> problems) => new($"The bundle {folder} cannot be used:", problems);
}
