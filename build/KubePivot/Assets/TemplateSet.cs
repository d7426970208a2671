using Scriban;

namespace KubePivot.Assets;

/// <summary>One template: a file below <c>templates/</c> with the suffix <c>.sbn</c>, parsed.</summary>
/// <param name="Source">Its file, relative to the root of the checkout, for messages.</param>
/// <param name="Target">Path of what it renders to, relative to its tree, with <c>/</c> on every system.</param>
public sealed record TemplateFile(string Source, string Target, Template Parsed)
{
    /// <summary>What a file that is rendered once for each of several things is rendered for: a registry, an authority. Null for others.</summary>
    public string? Subject { get; init; }
}

/// <summary>The templates of one folder, each parsed once, ordered by target.</summary>
public sealed class TemplateSet
{
    private const string Suffix = ".sbn";

    private TemplateSet(IReadOnlyList<TemplateFile> files) => Files = files;

    public IReadOnlyList<TemplateFile> Files { get; }

    /// <param name="folder">Relative to <c>templates/</c>, as in <c>assets</c>.</param>
    /// <param name="wanted">Which targets to take; null: all.</param>
    /// <exception cref="StageException">A template does not parse: with file, line, and reason.</exception>
    public static TemplateSet Load(ClusterPaths paths, string folder, Func<string, bool>? wanted = null)
    {
        var root = Path.Combine(paths.Templates, folder);
        var files = (Directory.Exists(root) ? Directory.GetFiles(root, "*" + Suffix, SearchOption.AllDirectories) : [])
            .Where(file => wanted?.Invoke(TargetOf(root, file)) ?? true).ToArray();
        var parsed = new TemplateFile[files.Length];
        Faults.Unwrapped(() => Parallel.For(0, files.Length, index => parsed[index] = Parse(paths, root, files[index])));
        return new TemplateSet([.. parsed.OrderBy(file => file.Target, StringComparer.Ordinal)]);
    }

    /// <summary>A template that lies alone, as <c>kubeconfig.sbn</c>.</summary>
    public static TemplateFile LoadOne(ClusterPaths paths, string target) =>
        Parse(paths, paths.Templates, Path.Combine(paths.Templates, target + Suffix));

    private static TemplateFile Parse(ClusterPaths paths, string root, string file)
    {
        // A checkout on Windows may have turned the line ends around; nodes want \n.
        var text = File.ReadAllText(file).ReplaceLineEndings("\n");
        var source = Slashed(Path.GetRelativePath(paths.Root, file));
        var parsed = Template.Parse(text, source);
        if (parsed.HasErrors)
        {
            var error = parsed.Messages[0];
            throw new StageException($"{source}:{error.Span.Start.Line + 1}: {error.Message}");
        }

        return new TemplateFile(source, TargetOf(root, file), parsed);
    }

    private static string TargetOf(string root, string file) => Slashed(Path.GetRelativePath(root, file))[..^Suffix.Length];

    private static string Slashed(string path) => path.Replace('\\', '/');
}
