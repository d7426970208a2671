namespace KubePivot.Images;

/// <summary>
/// A full image name, taken apart (https://github.com/distribution/reference): <c>registry.example:5000/team/app:1.2@sha256:…</c>.
/// </summary>
/// <param name="Registry">Host, with port if there is one.</param>
/// <param name="Path">Within the registry, as in <c>team/app</c>.</param>
/// <param name="Tag">Null if the name has none.</param>
/// <param name="Digest">With its algorithm, as in <c>sha256:…</c>; null if the name has none.</param>
public sealed record ImageReference(string Registry, string Path, string? Tag, string? Digest)
{
    /// <summary>Registry and path: what stays the same from one version to the next.</summary>
    public string Repository => $"{Registry}/{Path}";

    /// <summary>Takes a name apart; null if it is none, or lacks its registry (<c>busybox:1</c> means another image on every runtime).</summary>
    public static ImageReference? TryParse(string text)
    {
        var (name, digest) = Split(text, text.IndexOf('@', StringComparison.Ordinal));
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var (repository, tag) = Split(name, name.LastIndexOf(':') is var colon && colon > name.LastIndexOf('/') ? colon : -1);
        if (slash <= 0 || repository.Length <= slash + 1 || tag == "" || digest == "")
        {
            return null;
        }

        var registry = name[..slash];
        var isRegistry = registry.Contains('.', StringComparison.Ordinal) || registry.Contains(':', StringComparison.Ordinal) || registry == "localhost";
        return isRegistry && !text.Any(char.IsWhiteSpace) ? new(registry, repository[(slash + 1)..], tag, digest) : null;
    }

    public override string ToString() => $"{Repository}{(Tag == null ? "" : $":{Tag}")}{(Digest == null ? "" : $"@{Digest}")}";

    private static (string Before, string? After) Split(string text, int at) => at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
}
