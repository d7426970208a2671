using YamlDotNet.RepresentationModel;

namespace KubePivot.Tests.Security;

/// <summary>The table of what the CIS Kubernetes Benchmark asks, from cis-benchmark.yaml, which says what its fields mean.</summary>
internal static class CisBenchmark
{
    private const string Table = "tests/KubePivot.Tests/Security/cis-benchmark.yaml";

    /// <param name="checkout">Root of the checkout.</param>
    public static IReadOnlyList<CisCheck> Load(string checkout)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Path.Combine(checkout, Table))));
        return [.. ((YamlSequenceNode)stream.Documents[0].RootNode["checks"]).Cast<YamlMappingNode>().Select(row => new CisCheck(row))];
    }
}

/// <summary>One row.</summary>
internal sealed class CisCheck(YamlMappingNode row)
{
    private static readonly string[] Words = ["id", "asks", "note", "since"];

    public string Id => Text("id");

    public string Asks => Text("asks");

    /// <summary>Why it is not passed; empty if it is.</summary>
    public string NotPassed => Text("not-passed");

    /// <summary>The first minor release that passes it, as in <c>v1.21</c>; empty: all do.</summary>
    public string Since => Text("since");

    /// <summary>How it is checked, <c>not-passed</c> included: the fields that are not just words.</summary>
    public IReadOnlyList<string> Kinds => [.. row.Children.Keys.Select(key => key.ToString()).Except(Words)];

    /// <summary>The names and values below a field of the row, values of a list joined by commas.</summary>
    public IReadOnlyDictionary<string, YamlNode> Below(string field) =>
        row.Children.TryGetValue(field, out var node) ? ((YamlMappingNode)node).Children.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value) : new Dictionary<string, YamlNode>();

    public IReadOnlyList<string> List(string field) => row.Children.TryGetValue(field, out var node) ? Texts(node) : [];

    public string Text(string field) => row.Children.TryGetValue(field, out var node) ? node.ToString() : "";

    public static IReadOnlyList<string> Texts(YamlNode node) => [.. ((YamlSequenceNode)node).Select(item => item.ToString())];

    public override string ToString() => $"{Id} {Asks}";
}
