using YamlDotNet.RepresentationModel;

namespace KubePivot.Tests.Assets;

/// <summary>Which options and fields a release knows, from known-options.yaml.</summary>
internal static class KnownOptions
{
    private static readonly YamlMappingNode Root = Load();

    /// <summary>Why a release does not take an option of a program, or null.</summary>
    /// <param name="argument">As in <c>--port=0</c>.</param>
    public static string? WhyNot(Version release, string program, string argument)
    {
        var option = argument[2..];
        var name = option.Split('=')[0];
        return Entry((YamlMappingNode)Root["options"][program], name, release) is { } reason ? $"{program} --{name} {reason}"
            : ((YamlMappingNode)Root["values"]).Children.TryGetValue(option, out var bounds) && Bounds(bounds, release) is { } other ? $"{program} --{option} {other}"
            : null;
    }

    /// <summary>Why a release does not know a field of KubeletConfiguration, or null.</summary>
    public static string? WhyNotField(Version release, string field) => Entry((YamlMappingNode)Root["kubelet-fields"], field, release) is { } reason ? $"field {field} {reason}" : null;

    public static IEnumerable<string> Programs => ((YamlMappingNode)Root["options"]).Children.Keys.Select(key => key.ToString());

    private static string? Entry(YamlMappingNode table, string name, Version release) =>
        Always(table).Contains(name) ? null
        : table.Children.TryGetValue(name, out var bounds) ? Bounds(bounds, release)
        : "is not in known-options.yaml: find out which releases have it, and add it";

    private static IEnumerable<string> Always(YamlMappingNode table) => ((YamlSequenceNode)table["always"]).Select(name => name.ToString());

    private static string? Bounds(YamlNode bounds, Version release)
    {
        var entry = (YamlMappingNode)bounds;
        return entry.Children.TryGetValue("since", out var since) && release < Minor(since) ? $"comes with {since}"
            : entry.Children.TryGetValue("until", out var until) && release > Minor(until) ? $"went away after {until}"
            : null;
    }

    private static Version Minor(YamlNode text) => Version.Parse(text.ToString()[1..]);

    private static YamlMappingNode Load()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Path.Combine(Scenarios.Checkout.Root, "tests/KubePivot.Tests/Assets/known-options.yaml"))));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }
}
