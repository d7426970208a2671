using System.Security.Cryptography;
using System.Text;

namespace KubePivot.Assets;

/// <summary>What a template rendered to.</summary>
/// <param name="Source">The template, relative to the root of the checkout, for messages.</param>
/// <param name="Path">Relative to its tree, with <c>/</c> on every system.</param>
/// <param name="IsSecret">Its content holds a private key: the template asked for one.</param>
public sealed record RenderedFile(string Source, string Path, string Content, bool IsSecret)
{
    /// <summary>Permission bits, octal: 0600 for secrets, 0755 for scripts, else 0644.</summary>
    public string Mode => IsSecret ? "0600" : Content.StartsWith("#!", StringComparison.Ordinal) ? "0755" : "0644";

    /// <summary>Hash of the content, lower-case hexadecimal.</summary>
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Content)));
}
