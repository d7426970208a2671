using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Configuration;

/// <summary>
/// A mapping of cluster.yaml, read key by key. What is not as expected becomes a problem, and the default takes its place, so that
/// one run finds all problems. Types are those of YAML 1.2's core schema: <c>"2"</c> is text and no number.
/// </summary>
internal sealed class YamlSection
{
    private readonly Dictionary<string, YamlNode> values = new(StringComparer.Ordinal);
    private readonly List<Problem> problems;
    private readonly string path;
    private readonly bool isMap;

    /// <param name="path">Path of the mapping, as in <c>nodes[2]</c>; empty for the whole file.</param>
    /// <param name="known">All keys that it may have; null: they are names that the user chooses.</param>
    /// <param name="problems">Where problems are added.</param>
    public YamlSection(YamlMappingNode node, string path, IReadOnlyList<string>? known, List<Problem> problems)
    {
        (this.path, this.problems, isMap) = (path, problems, known == null);
        foreach (var (keyNode, value) in node.Children)
        {
            var key = (keyNode as YamlScalarNode)?.Value ?? keyNode.ToString();
            if (known == null || known.Contains(key))
            {
                values[key] = value;
            }
            else
            {
                Report(new Problem(PathOf(key), null, $"is not a known key (known here: {string.Join(", ", known)}){Nearest.Hint(key, known)}"));
            }
        }
    }

    public string PathOf(string key) => isMap ? $"{path}[{key}]" : path.Length == 0 ? key : $"{path}.{key}";

    public bool Has(string key) => values.ContainsKey(key);

    /// <summary>Text, or the default if the key is left out.</summary>
    public string Text(string key, string otherwise) => OptionalText(key) ?? otherwise;

    public string? OptionalText(string key) => values.TryGetValue(key, out var node) ? TextOf(node, PathOf(key)) : null;

    /// <summary>Text that must be there; empty, with a problem, if it is not.</summary>
    public string RequiredText(string key)
    {
        if (!Has(key))
        {
            Report(new Problem(PathOf(key), null, "is missing"));
        }

        return Text(key, "");
    }

    public bool Flag(string key, bool otherwise = false)
    {
        var plain = Plain(key);
        if (Has(key) && KindOf(plain) != "a boolean")
        {
            WrongType(PathOf(key), values[key], "true or false");
        }

        return Has(key) ? plain is "true" or "True" or "TRUE" : otherwise;
    }

    public int Number(string key, int otherwise)
    {
        if (!Has(key))
        {
            return otherwise;
        }

        if (int.TryParse(Plain(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        WrongType(PathOf(key), values[key], "a whole number");
        return otherwise;
    }

    public T Choice<T>(string key, Choice<T> choice, T otherwise)
        where T : notnull
    {
        if (OptionalText(key) is not { } name)
        {
            return otherwise;
        }

        if (choice.TryParse(name, out var value))
        {
            return value;
        }

        Report(choice.ProblemOf(PathOf(key), name));
        return otherwise;
    }

    public TimeSpan Duration(string key, TimeSpan otherwise)
    {
        if (OptionalText(key) is not { } text)
        {
            return otherwise;
        }

        if (Lifetime.TryParse(text, out var lifetime))
        {
            return lifetime;
        }

        Report(new Problem(PathOf(key), text, Lifetime.Rule));
        return otherwise;
    }

    public IReadOnlyList<string> Texts(string key, IReadOnlyList<string> otherwise) =>
        Items(key)?.Select((item, index) => TextOf(item, $"{PathOf(key)}[{index}]")).OfType<string>().ToList() ?? otherwise;

    /// <summary>A mapping below this one; one without keys if it is left out.</summary>
    public YamlSection Section(string key, params string[] known) =>
        Mapping(values.GetValueOrDefault(key) ?? new YamlMappingNode(), PathOf(key), known) ?? new YamlSection([], PathOf(key), known, problems);

    /// <summary>A mapping below this one whose keys are names that the user chooses; an empty one if it is left out.</summary>
    /// <param name="read">Reads the value of a key from the mapping.</param>
    public IReadOnlyDictionary<string, T> Map<T>(string key, Func<YamlSection, string, T> read)
    {
        var map = Mapping(values.GetValueOrDefault(key) ?? new YamlMappingNode(), PathOf(key), null);
        return map == null ? new Dictionary<string, T>() : map.values.Keys.ToDictionary(name => name, name => read(map, name), StringComparer.Ordinal);
    }

    /// <summary>A list of mappings; null if it is left out.</summary>
    public IEnumerable<YamlSection>? Sections(string key, params string[] known) =>
        Items(key)?.Select((item, index) => Mapping(item, $"{PathOf(key)}[{index}]", known)).OfType<YamlSection>();

    private YamlSection? Mapping(YamlNode node, string at, string[]? known)
    {
        if (node is YamlMappingNode mapping)
        {
            return new YamlSection(mapping, at, known, problems);
        }

        WrongType(at, node, "a mapping (key: value)");
        return null;
    }

    private IEnumerable<YamlNode>? Items(string key)
    {
        var node = values.GetValueOrDefault(key);
        if (node is not null and not YamlSequenceNode)
        {
            WrongType(PathOf(key), node, "a list");
        }

        return (node as YamlSequenceNode)?.Children;
    }

    private string? TextOf(YamlNode node, string at)
    {
        if (node is YamlScalarNode scalar && (scalar.Style != ScalarStyle.Plain || KindOf(scalar.Value) == "text"))
        {
            return scalar.Value ?? "";
        }

        WrongType(at, node, node is YamlScalarNode { Value.Length: > 0 } ? "text (put it in quotes)" : "text");
        return null;
    }

    private string? Plain(string key) => values.GetValueOrDefault(key) is YamlScalarNode { Style: ScalarStyle.Plain } scalar ? scalar.Value : null;

    private void WrongType(string at, YamlNode node, string expected)
    {
        var (value, found) = node switch
        {
            YamlScalarNode { Style: ScalarStyle.Plain } scalar when KindOf(scalar.Value) == "nothing" => (null, "nothing (leave the key out for its default)"),
            YamlScalarNode scalar => (scalar.Value, scalar.Style == ScalarStyle.Plain ? KindOf(scalar.Value) : "text"),
            YamlSequenceNode => (null, "a list"),
            _ => ((string?)null, "a mapping"),
        };
        Report(new Problem(at, value, $"must be {expected}, but is {found}"));
    }

    /// <summary>What a plain scalar is in YAML 1.2's core schema.</summary>
    private static string KindOf(string? plain) => plain switch
    {
        null or "" or "~" or "null" or "Null" or "NULL" => "nothing",
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => "a boolean",
        _ when double.TryParse(plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out _)
            && plain.AsSpan().ContainsAnyInRange('0', '9') => "a number",
        _ => "text",
    };

    /// <summary>One problem a place is enough.</summary>
    private void Report(Problem problem)
    {
        if (problems.All(other => other.Path != problem.Path))
        {
            problems.Add(problem);
        }
    }
}
