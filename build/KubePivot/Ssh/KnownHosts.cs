using KubePivot.Files;

namespace KubePivot.Ssh;

/// <summary>
/// The pinned host keys of the cluster's machines, <c>.cluster/known_hosts</c>, in OpenSSH's format, so that <c>ssh</c> can use
/// the file too. Who makes a machine pins its key; everybody else only compares.
/// </summary>
/// <remarks>Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. Markers (<c>@…</c>), hashed names and patterns are refused: we write none.</remarks>
public sealed class KnownHosts
{
    private readonly string file;
    private readonly List<(string Host, HostKey Key)> entries;

    private KnownHosts(string file, List<(string Host, HostKey Key)> entries)
    {
        this.file = file;
        this.entries = entries;
    }

    /// <summary>Reads the file; a missing one knows no host.</summary>
    /// <exception cref="InvalidInputException">A line is not understood; all such lines are listed.</exception>
    public static KnownHosts Load(string file)
    {
        var (entries, problems) = (new List<(string, HostKey)>(), new List<Problem>());
        var lines = File.Exists(file) ? File.ReadAllLines(file) : [];
        for (var number = 1; number <= lines.Length; number++)
        {
            ParseLine(lines[number - 1], number, entries, problems);
        }

        return problems.Count == 0
            ? new KnownHosts(file, entries)
            : throw new InvalidInputException($"{file} cannot be used. Correct or remove these lines:", problems);
    }

    /// <summary>The name of a host in the file: the address alone on port 22, else <c>[address]:port</c>.</summary>
    public static string NameOf(string address, int port) => port == 22 ? address : $"[{address}]:{port}";

    /// <summary>The pinned keys of a host, at most one of a type; empty if the host is not known.</summary>
    public IReadOnlyList<HostKey> KeysOf(string address, int port) =>
        [.. entries.Where(entry => entry.Host == NameOf(address, port)).Select(entry => entry.Key)];

    /// <summary>Pins a host to exactly these keys, in place of those it had before. Nothing is written until <see cref="Save"/>.</summary>
    /// <param name="keys">At least one.</param>
    public void Pin(string address, int port, params IEnumerable<HostKey> keys)
    {
        Forget(address, port);
        entries.AddRange(keys.Select(key => (NameOf(address, port), key)));
    }

    /// <summary>Drops a host whose machine is gone. Nothing is written until <see cref="Save"/>.</summary>
    public void Forget(string address, int port) => entries.RemoveAll(entry => entry.Host == NameOf(address, port));

    /// <summary>Writes the file, ordered by host, so that the same pins give the same bytes.</summary>
    public void Save() => AtomicFile.WriteSecret(
        file,
        string.Concat(entries.OrderBy(entry => entry.Host, StringComparer.Ordinal).ThenBy(entry => entry.Key.Type, StringComparer.Ordinal)
            .Select(entry => $"{entry.Host} {entry.Key.Type} {entry.Key.Blob}\n")));

    private static void ParseLine(string line, int number, List<(string Host, HostKey Key)> entries, List<Problem> problems)
    {
        var text = line.Trim();
        if (text.Length == 0 || text[0] == '#')
        {
            return;
        }

        var words = text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
        try
        {
            if (words.Length < 2 || words[0].AsSpan().ContainsAny("*?!") || words[0].Split(',').Any(host => host.Length == 0 || host[0] is '@' or '|' or '#'))
            {
                throw new FormatException();
            }

            entries.AddRange(words[0].Split(',').Select(host => (host, HostKey.Parse(words[1]))));
        }
        catch (FormatException)
        {
            problems.Add(new Problem($"line {number}", text.Length > 60 ? text[..60] + "…" : text, "expected HOST TYPE BASE64, the host as an address or [address]:port"));
        }
    }
}
