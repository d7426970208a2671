using Renci.SshNet;

namespace KubePivot.Ssh;

/// <summary>
/// The algorithms that we offer, best first: of the strong ones those that the platform's own cryptography does, because the
/// others are managed code that each run of the build compiles anew (a handshake with the library's own first choices,
/// post-quantum exchange and AES-CTR, takes twice as long). The rest is there for servers that lack the first.
/// </summary>
internal static class SshAlgorithms
{
    private static readonly string[] KeyExchanges = ["ecdh-sha2-nistp256", "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group16-sha512"];

    private static readonly string[] Encryptions = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr", "aes128-ctr"];

    private static readonly string[] Macs = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"];

    /// <summary>Narrows a connection to these algorithms, and to host keys of the types that are pinned.</summary>
    public static void Restrict(ConnectionInfo connection, IEnumerable<HostKey> pinned)
    {
        Keep(connection.KeyExchangeAlgorithms, KeyExchanges);
        Keep(connection.Encryptions, Encryptions);
        Keep(connection.HmacAlgorithms, Macs);
        Keep(connection.HostKeyAlgorithms, [.. pinned.SelectMany(key => key.Type == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : new[] { key.Type })]);
    }

    private static void Keep<T>(IDictionary<string, T> offered, string[] names)
    {
        var kept = names.Where(offered.ContainsKey).Select(name => (name, offered[name])).ToList();
        offered.Clear();
        foreach (var (name, algorithm) in kept)
        {
            offered.Add(name, algorithm);
        }
    }
}
