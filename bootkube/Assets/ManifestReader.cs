using KubePivot;
using KubePivot.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Bootkube.Assets;

/// <summary>Takes a manifest file apart into its objects.</summary>
internal static class ManifestReader
{
    /// <summary>All objects of a file; empty documents are passed over.</summary>
    /// <param name="file">Name for messages.</param>
    /// <param name="problems">Gets what is wrong; no content of the file is quoted, for it may be a Secret.</param>
    public static IEnumerable<Manifest> Read(string file, string text, ICollection<Problem> problems)
    {
        var found = new List<Manifest>();
        foreach (var (document, line) in Split(text))
        {
            try
            {
                var stream = BoundedYaml.Load(document);
                if (stream.Documents.Count > 0 && stream.Documents[0].RootNode is not YamlScalarNode { Value: null or "" })
                {
                    found.Add(ObjectOf(file, document, stream.Documents[0].RootNode));
                }
            }
            catch (YamlException exception)
            {
                problems.Add(new($"{file}:{line + exception.Start.Line - 1}", null, "is not well-formed YAML"));
            }
            catch (FormatException exception)
            {
                problems.Add(new($"{file}:{line}", null, exception.Message));
            }
        }

        return found;
    }

    private static Manifest ObjectOf(string file, string text, YamlNode root)
    {
        var kind = root.Text("kind");
        var (version, name) = (root.Text("apiVersion"), root.Text("metadata", "name"));
        if (kind == null || version == null)
        {
            throw new FormatException("an object needs apiVersion and kind");
        }

        if (kind == "List")
        {
            throw new FormatException("write the items of a List as documents of their own, separated by ---");
        }

        return name == null
            ? throw new FormatException($"a {kind} needs metadata.name")
            : new(file, version, kind, root.Text("metadata", "namespace"), name, text);
    }

    /// <summary>The documents between the lines that start with <c>---</c>, each with the number of its first line.</summary>
    private static IEnumerable<(string Text, int Line)> Split(string text)
    {
        var (lines, start) = (text.ReplaceLineEndings("\n").Split('\n'), 0);
        for (var index = 0; index <= lines.Length; index++)
        {
            if (index == lines.Length || lines[index] == "---" || lines[index].StartsWith("--- ", StringComparison.Ordinal))
            {
                yield return (string.Join('\n', lines[start..index]), start + 1);
                start = index + 1;
            }
        }
    }
}
