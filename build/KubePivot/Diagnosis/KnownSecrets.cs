using System.Buffers;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using KubePivot.Configuration;

namespace KubePivot.Diagnosis;

/// <summary>
/// The secrets of one cluster, to be searched for by content: private keys, credentials, what Secrets hold. It is not about the form
/// that a secret has but about the very characters, in the forms in which the build writes them. No message ever shows one.
/// </summary>
public sealed partial class KnownSecrets
{
    /// <summary>A piece of a secret so long says whose it is; shorter ones occur by chance.</summary>
    private const int Piece = 32;

    /// <summary>Of passwords, which people choose; shorter ones occur in every log.</summary>
    private const int ShortestPassword = 6;

    /// <summary>What is larger holds programs and images.</summary>
    private const int LargestFile = 1024 * 1024;

    private readonly Dictionary<string, string> pieces = new(StringComparer.Ordinal);

    private SearchValues<string> search = SearchValues.Create([], StringComparison.Ordinal);

    private KnownSecrets()
    {
    }

    /// <summary>How many pieces are searched for.</summary>
    public int Count => pieces.Count;

    /// <summary>Reads all secrets that lie below <c>.cluster</c>, and those that cluster.yaml names.</summary>
    /// <exception cref="IOException">A file cannot be read: then nobody can say what must not get out.</exception>
    public static KnownSecrets Load(ClusterPaths paths, ClusterSpec spec)
    {
        var found = new KnownSecrets();
        var open = new StringBuilder();
        foreach (var file in FilesBelow(paths.State).OrderBy(file => !file.StartsWith(paths.Pki, StringComparison.Ordinal)).ThenBy(file => file, StringComparer.Ordinal))
        {
            var text = File.ReadAllText(file, Encoding.Latin1);
            var name = Path.GetRelativePath(paths.Root, file);
            if (Path.GetExtension(file) is ".crt" or ".pub")
            {
                open.Append(text).Append('\n');
            }
            else
            {
                found.AddFile(name, text);
            }
        }

        foreach (var (host, account) in spec.Registries.Credentials)
        {
            found.AddPassword($"the password for {host}", Path.GetFullPath(account.PasswordFile, paths.Root), account.Username);
        }

        // A private key holds its public half, too.
        var published = open.ToString();
        foreach (var piece in found.pieces.Keys.Where(piece => published.Contains(piece, StringComparison.Ordinal)).ToList())
        {
            found.pieces.Remove(piece);
        }

        found.search = SearchValues.Create([.. found.pieces.Keys], StringComparison.Ordinal);
        return found;
    }

    /// <summary>What a text holds a secret of: the name of the file that the secret is from; null: nothing.</summary>
    public string? FindIn(string text)
    {
        var plain = Unescaped(text);
        var at = plain.AsSpan().IndexOfAny(search);
        return at < 0 ? null : pieces.First(piece => plain.AsSpan(at).StartsWith(piece.Key, StringComparison.Ordinal)).Value;
    }

    /// <summary>Searches a finished archive (tar, gzip), names of files and all.</summary>
    /// <returns>Null, or the first file in it that holds a secret, and what that is from.</returns>
    public (string File, string Secret)? FindIn(Stream archive)
    {
        using var unpacked = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
        using var tar = new TarReader(unpacked);
        while (tar.GetNextEntry() is { } entry)
        {
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            if (FindIn($"{entry.Name}\n{Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length)}") is { } secret)
            {
                return (entry.Name, secret);
            }
        }

        return null;
    }

    /// <summary>Writers of JSON write the characters of base64 that are no letters or digits in other ways, too.</summary>
    private static string Unescaped(string text) => !text.Contains('\\', StringComparison.Ordinal) ? text : text
        .Replace("\\u002B", "+", StringComparison.OrdinalIgnoreCase)
        .Replace("\\u002F", "/", StringComparison.OrdinalIgnoreCase)
        .Replace("\\/", "/", StringComparison.Ordinal)
        .Replace("\\u003D", "=", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> FilesBelow(string folder) => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(file => new FileInfo(file).Length <= LargestFile);

    private void AddFile(string name, string text)
    {
        if (!AddKeys(name, text) && Path.GetExtension(name) == ".key")
        {
            Add(name, text.Trim());
            Add(name, Convert.ToBase64String(Encoding.Latin1.GetBytes(text)));
        }

        _ = Redaction.Of(text, value => AddValue(name, value));
    }

    /// <summary>Adds the private keys of a text: their lines, and the whole in base64, as kubeconfigs and Secrets hold it. What all keys of a kind begin with is none.</summary>
    private bool AddKeys(string name, string text)
    {
        const int Beginning = 32, EncodedBeginning = 96;
        var keys = PrivateKey().Matches(text);
        foreach (Match key in keys)
        {
            var body = key.Groups["body"].Value.Trim();
            foreach (var line in body[Math.Min(Beginning, body.Length)..].Split('\n'))
            {
                Add(name, line.Trim());
            }

            var whole = Convert.ToBase64String(Encoding.Latin1.GetBytes(key.Value + "\n"));
            Add(name, whole[Math.Min(EncodedBeginning, whole.Length)..]);
        }

        return keys.Count > 0;
    }

    /// <summary>Adds what a file calls a secret: a key, perhaps, or a certificate, which lie in Secrets, too, and are none.</summary>
    private void AddValue(string name, string value)
    {
        var decoded = new byte[value.Length];
        var text = Convert.TryFromBase64String(value, decoded, out var length) ? Encoding.Latin1.GetString(decoded, 0, length) : value;
        var isPublic = text.Contains("-----BEGIN CERTIFICATE", StringComparison.Ordinal) || text.Contains("-----BEGIN PUBLIC", StringComparison.Ordinal);
        if (!AddKeys(name, text) && !isPublic)
        {
            Add(name, value);
        }
    }

    private void AddPassword(string name, string file, string user)
    {
        var password = File.Exists(file) ? File.ReadAllText(file).TrimEnd('\r', '\n') : "";
        if (password.Length >= ShortestPassword)
        {
            pieces.TryAdd(password, name);
            pieces.TryAdd(Convert.ToBase64String(Encoding.UTF8.GetBytes(password)), name);
            pieces.TryAdd(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")), name);
        }
    }

    /// <summary>Piece by piece, so that a secret is found of which a log has cut off a part.</summary>
    private void Add(string name, string value)
    {
        if (value.Length is >= 12 and < 2 * Piece)
        {
            pieces.TryAdd(value, name);
        }

        for (var at = 0; value.Length >= 2 * Piece && at + Piece <= value.Length; at += Piece)
        {
            pieces.TryAdd(value.Substring(at, Piece), name);
        }
    }

    [GeneratedRegex(@"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n(?<body>[^-]+)-----END [A-Z ]*PRIVATE KEY-----")]
    private static partial Regex PrivateKey();
}
