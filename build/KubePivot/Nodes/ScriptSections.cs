namespace KubePivot.Nodes;

/// <summary>The output of a script for nodes: lines below headings <c>== name</c>, the last of which is <c>== end</c>.</summary>
internal sealed class ScriptSections
{
    private readonly Dictionary<string, List<string>> sections = [];

    private ScriptSections()
    {
    }

    /// <summary>The lines of a section; none if the script did not write it.</summary>
    public IReadOnlyList<string> this[string name] => sections.GetValueOrDefault(name, []);

    /// <exception cref="FormatException">The output breaks off.</exception>
    public static ScriptSections Parse(string output)
    {
        var found = new ScriptSections();
        List<string> section = [];
        foreach (var line in output.Split('\n'))
        {
            if (line.StartsWith("== ", StringComparison.Ordinal))
            {
                found.sections[line[3..]] = section = [];
            }
            else
            {
                section.Add(line);
            }
        }

        return found.sections.ContainsKey("end") ? found : throw new FormatException("the answer breaks off");
    }

    /// <summary>The lines of a section that hold something.</summary>
    public IReadOnlyList<string> Filled(string name) => [.. this[name].Where(line => line.Length > 0)];
}
