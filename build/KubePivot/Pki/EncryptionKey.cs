using System.Security.Cryptography;

namespace KubePivot.Pki;

/// <summary>What the API servers do with a key for Secrets; decides the phase of a rotation.</summary>
public enum EncryptionKeyRole
{
    /// <summary>Secrets are written with it.</summary>
    Write,

    /// <summary>Made for a rotation: read with everywhere, before any server writes with it.</summary>
    Next,

    /// <summary>Was written with before a rotation: Secrets may still lie under it.</summary>
    Previous,

    /// <summary>No Secret lies under it any more; the servers are about to forget it.</summary>
    Dropped,
}

/// <summary>A key that Secrets are encrypted with before etcd gets them.</summary>
/// <param name="Name">Stands before each Secret in etcd; made of the key, so that a name and a key that do not belong together show. <see cref="Identity"/>: no encryption.</param>
/// <param name="Secret">32 bytes, base64; empty for <see cref="Identity"/>.</param>
public sealed record EncryptionKey(EncryptionKeyRole Role, string Name, string Secret)
{
    /// <summary>The name, in Kubernetes' word, of "not encrypted".</summary>
    public const string Identity = "identity";

    /// <summary>The size that <c>secretbox</c> (XSalsa20 and Poly1305) asks for, in bytes.</summary>
    private const int Size = 32;

    /// <summary>Whether it stands for "not encrypted".</summary>
    public bool IsIdentity => Name == Identity;

    /// <summary>Makes a new key.</summary>
    public static EncryptionKey Generate(EncryptionKeyRole role)
    {
        var key = RandomNumberGenerator.GetBytes(Size);
        return new EncryptionKey(role, NameOf(key), Convert.ToBase64String(key));
    }

    /// <summary>Stands for Secrets that are not encrypted.</summary>
    public static EncryptionKey NoEncryption(EncryptionKeyRole role) => new(role, Identity, "");

    /// <summary>Reads one line of the file, as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="FormatException">It is none; the words hold nothing of a key.</exception>
    internal static EncryptionKey Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || !Enum.TryParse<EncryptionKeyRole>(words[0], ignoreCase: true, out var role) || words[0] != RoleName(role))
        {
            throw new FormatException($"must begin with one of {string.Join(", ", Enum.GetValues<EncryptionKeyRole>().Select(RoleName))}, and a name");
        }

        if (words is [_, Identity])
        {
            return NoEncryption(role);
        }

        var key = new byte[Size + 1];
        return words.Length == 3 && Convert.TryFromBase64String(words[2], key, out var length) && length == Size && words[1] == NameOf(key.AsSpan(0, Size))
            ? new EncryptionKey(role, words[1], words[2])
            : throw new FormatException($"holds no key of {Size} bytes in base64 that belongs to its name");
    }

    /// <summary>The line of the file. A secret.</summary>
    internal string ToLine() => $"{RoleName(Role)} {Name} {Secret}".TrimEnd();

    /// <summary>For people: without the key.</summary>
    public override string ToString() => IsIdentity ? "no encryption" : Name;

    private static string NameOf(ReadOnlySpan<byte> key) => $"key-{Convert.ToHexStringLower(SHA256.HashData(key))[..16]}";

    private static string RoleName(EncryptionKeyRole role) => role.ToString().ToLowerInvariant();
}
