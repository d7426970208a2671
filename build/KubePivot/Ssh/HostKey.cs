using System.Security.Cryptography;

namespace KubePivot.Ssh;

/// <summary>A host's public key.</summary>
/// <param name="Type">Key type as OpenSSH names it: <c>ssh-ed25519</c>, <c>ecdsa-sha2-nistp256</c>, <c>ssh-rsa</c> …</param>
/// <param name="Blob">The key in SSH's wire form, base64.</param>
public sealed record HostKey(string Type, string Blob)
{
    /// <summary>As <c>ssh-keygen -l</c> shows it: <c>SHA256:</c> and base64 without padding.</summary>
    public string Fingerprint => $"SHA256:{Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(Blob))).TrimEnd('=')}";

    /// <summary>Reads the content of an OpenSSH public key file (<c>ssh_host_ed25519_key.pub</c>): type, key, and a comment that is dropped.</summary>
    /// <exception cref="FormatException">It is no such line; the message shows it.</exception>
    public static HostKey Parse(string line)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || !IsKey(words[0], words[1]))
        {
            throw new FormatException($"'{line.Trim()}' is no public key in OpenSSH's form (TYPE BASE64).");
        }

        return new HostKey(words[0], words[1]);
    }

    public override string ToString() => $"{Type} {Fingerprint}";

    /// <summary>The wire form begins with the length and the name of the key type: a cheap proof that both belong together.</summary>
    private static bool IsKey(string type, string blob)
    {
        Span<byte> bytes = new byte[blob.Length];
        return Convert.TryFromBase64String(blob, bytes, out var length)
            && length > 4 + type.Length
            && System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes) == type.Length
            && System.Text.Encoding.ASCII.GetString(bytes.Slice(4, type.Length)) == type;
    }
}
