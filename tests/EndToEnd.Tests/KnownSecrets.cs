using System.Text;
using KubePivot.Pki;

namespace KubePivot.EndToEnd;

/// <summary>What must be found nowhere but where it belongs: pieces of every secret of a cluster, in each form that texts have them in.</summary>
internal static class KnownSecrets
{
    /// <returns>The pieces, by what they are of.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> CollectAsync(ThrowAwayCluster cluster)
    {
        var pieces = new Dictionary<string, string>(StringComparer.Ordinal);
        var state = Path.Combine(cluster.Folder, ".cluster");
        foreach (var file in Directory.EnumerateFiles(state, "*.key", SearchOption.AllDirectories).Append(Path.Combine(state, "ssh", "id_ed25519")))
        {
            var texts = Path.GetFileName(file) == EncryptionKeyFile.Name
                ? EncryptionKeys.Parse(await File.ReadAllTextAsync(file)).Keys.Where(key => !key.IsIdentity).Select(key => key.Secret)
                : [SecretLineOf(await File.ReadAllLinesAsync(file))];
            Add(pieces, Path.GetRelativePath(state, file), texts);
        }

        foreach (var secret in (await cluster.GetAsync("secrets", "--all-namespaces")).GetProperty("items").EnumerateArray().Where(secret => secret.GetProperty("type").GetString() == "kubernetes.io/service-account-token"))
        {
            // The part that nobody can make: the signature.
            var token = Encoding.UTF8.GetString(Convert.FromBase64String(secret.GetProperty("data").GetProperty("token").GetString()!));
            Add(pieces, $"the token in {secret.GetProperty("metadata").GetProperty("name").GetString()}", [token[(token.LastIndexOf('.') + 1)..]]);
        }

        return pieces;
    }

    /// <summary>The piece that the login token must be looked for by.</summary>
    public static string PieceOf(string token) => token[(token.LastIndexOf('.') + 1)..];

    /// <summary>The line of a PEM body that holds of the private half: the first ones hold what all keys of one kind have in common, or an RSA key's public half; the last one an EC key's.</summary>
    private static string SecretLineOf(string[] lines)
    {
        var body = lines.Where(line => line.Length > 0 && line[0] != '-').ToList();
        return body[body.Count * 3 / 5];
    }

    private static void Add(Dictionary<string, string> pieces, string what, IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            pieces.TryAdd(text, what);
            foreach (var shift in Enumerable.Range(0, 3))
            {
                pieces.TryAdd(EncodedAgain(text, shift), $"{what}, in base64");
            }
        }
    }

    /// <summary>Base64 of a text that stands somewhere in a longer one: without the ends, which its neighbours change.</summary>
    private static string EncodedAgain(string text, int shift) => Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', shift) + text))[4..^4];
}
