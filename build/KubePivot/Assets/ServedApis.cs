using YamlDotNet.RepresentationModel;
using Version = System.Version;

namespace KubePivot.Assets;

/// <summary>Which API versions the releases serve, as far as they do not all serve them; from the release catalogue.</summary>
public sealed class ServedApis
{
    private readonly List<Entry> entries;

    private ServedApis(List<Entry> entries) => this.entries = entries;

    internal static ServedApis Read(YamlSequenceNode node) => new([.. node.Cast<YamlMappingNode>().Select(Entry.Read)]);

    /// <summary>Why a release does not serve an API version of a kind, in words; null if it does, as far as is known.</summary>
    /// <param name="release">As in <c>v1.25.3</c>.</param>
    /// <param name="apiVersion">As in <c>policy/v1beta1</c>.</param>
    public string? WhyNot(string release, string apiVersion, string kind)
    {
        var minor = DatedValue.Minor(release);
        return Find(apiVersion, kind) switch
        {
            { Since: { } since } when minor < since => $"Kubernetes {release} does not serve {apiVersion} of {kind} yet: it comes with v{since}",
            { Until: { } until } when minor > until => $"Kubernetes {release} does not serve {apiVersion} of {kind} any more: v{until} was the last that did",
            _ => null,
        };
    }

    /// <summary>Whether the table says when an API version of a kind is served.</summary>
    public bool Knows(string apiVersion, string kind) => Find(apiVersion, kind) != null;

    /// <summary>An entry with the kind goes before one for all kinds of the API version.</summary>
    private Entry? Find(string apiVersion, string kind) => entries.Where(entry => entry.Api == apiVersion && (entry.Kinds.Count == 0 || entry.Kinds.Contains(kind))).MaxBy(entry => entry.Kinds.Count);

    /// <param name="Kinds">Empty: all kinds of the API version.</param>
    /// <param name="Since">First release that serves it; null: one before the oldest that is supported.</param>
    /// <param name="Until">Last release that serves it; null: the newest does.</param>
    private sealed record Entry(string Api, IReadOnlyList<string> Kinds, Version? Since, Version? Until)
    {
        public static Entry Read(YamlMappingNode node) => new(
            DatedValue.Text(node["api"]),
            node.Children.TryGetValue("kinds", out var kinds) ? [.. ((YamlSequenceNode)kinds).Select(DatedValue.Text)] : [],
            node.Children.TryGetValue("since", out var since) ? DatedValue.Minor(DatedValue.Text(since)) : null,
            DatedValue.Until(node));
    }
}
