using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;

namespace KubePivot.Pki;

/// <summary>A subject in OpenSSL's one-line form, as the article writes it: <c>/C=SG/ST=Singapore/L=Singapore/O=kube-master/OU=IT/CN=kube-apiserver</c>.</summary>
public sealed record DistinguishedName
{
    /// <summary>The attributes: object identifiers, and upper bounds of RFC 5280, appendix A.1.</summary>
    /// <remarks>Written out, because reading a cluster.yaml must not pay for loading BouncyCastle.</remarks>
    private static readonly Dictionary<string, AttributeType> Attributes = new(StringComparer.Ordinal)
    {
        ["C"] = new("2.5.4.6", 2),
        ["ST"] = new("2.5.4.8", 128),
        ["L"] = new("2.5.4.7", 128),
        ["O"] = new("2.5.4.10", 64),
        ["OU"] = new("2.5.4.11", 64),
        ["CN"] = new("2.5.4.3", 64),
    };

    private readonly IReadOnlyList<Part> parts;

    /// <param name="text">In the one-line form; empty for no attributes.</param>
    /// <exception cref="FormatException">It is not of that form.</exception>
    public DistinguishedName(string text)
    {
        parts = Split(text);
        if (parts.Select(PartFlaw).FirstOrDefault(flaw => flaw != null) is { } flaw)
        {
            throw new FormatException($"'{text}' {flaw}");
        }

        Text = text;
    }

    /// <summary>The name as it was given.</summary>
    public string Text { get; }

    /// <summary>What is wrong with a text as the leading part of subjects, or null if nothing is.</summary>
    public static string? FlawOf(string prefix)
    {
        if (prefix.Length > 0 && prefix[0] != '/')
        {
            return "must be of the form /C=SG/ST=Singapore/L=Singapore";
        }

        var split = Split(prefix);
        return split.Select(PartFlaw).FirstOrDefault(flaw => flaw != null)
            ?? (split.Any(part => part.Type == "CN") ? "must not hold CN: each certificate has its own" : null)
            ?? (split.Any(part => part.Value.StartsWith("system:", StringComparison.Ordinal)) ? "must not hold 'system:', which Kubernetes gives a meaning" : null);
    }

    public bool Equals(DistinguishedName? other) => other != null && other.Text == Text;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

    public override string ToString() => Text;

    internal X509Name ToX509Name() =>
        new([.. parts.Select(part => new DerObjectIdentifier(Attributes[part.Type].Oid))], [.. parts.Select(part => part.Value)]);

    private static List<Part> Split(string text) =>
        [.. text.Split('/').Skip(1).Select(part => part.Split('=', 2)).Select(part => new Part(part[0], part.Length == 2 ? part[1] : ""))];

    private static string? PartFlaw(Part part) =>
        !Attributes.TryGetValue(part.Type, out var attribute) ? $"must hold only {string.Join(", ", Attributes.Keys)}, each as /NAME=value, but holds '{part.Type}'"
        : part.Value.Trim().Length == 0 || part.Value != part.Value.Trim() ? $"must give {part.Type} a value without spaces around it"
        : part.Value.Length > attribute.MaxLength ? $"must give {part.Type} at most {attribute.MaxLength} characters"
        : part.Type == "C" && !(part.Value.Length == 2 && part.Value.All(char.IsAsciiLetterUpper)) ? "must give C two capital letters (ISO 3166)"
        : part.Value.Any(char.IsControl) ? $"must not hold control characters in {part.Type}"
        : null;

    private sealed record AttributeType(string Oid, int MaxLength);

    private sealed record Part(string Type, string Value);
}
