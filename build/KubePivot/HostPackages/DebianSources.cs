using System.Text;

namespace KubePivot.HostPackages;

/// <summary>
/// Where this machine gets Debian's packages from, as its own apt configuration says: entries are read from there and never
/// spelled out here, so that mirrors and proxies of the machine are used. A mirror carries all releases: that of the machine's own
/// release is asked for another one, too.
/// </summary>
public static class DebianSources
{
    /// <summary>Debian's release that Kubernetes is built from.</summary>
    public const string Release = "bookworm";

    /// <summary>Debian's releases whose sources can stand for each other.</summary>
    private static readonly string[] Releases = [Release, "trixie"];

    /// <summary>What there is of a release besides itself, and for as long: backports and the like are nobody's wish here.</summary>
    private static readonly string[] Suffixes = ["", "-updates", "-security"];

    private const string DefaultKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

    private sealed record Entry(string Uri, string Suite, string Components, string SignedBy);

    /// <summary>The machine's entries for a release as a deb822 file (sources.list(5)); if it has none, those of another release, turned to this one.</summary>
    /// <param name="type"><c>deb</c> or <c>deb-src</c>.</param>
    /// <param name="aptFolder">Normally <c>/etc/apt</c>.</param>
    /// <param name="release">Debian's code name, as in <c>trixie</c>.</param>
    /// <exception cref="StageException">There is none.</exception>
    public static string Deb822(string type, string aptFolder = "/etc/apt", string release = Release)
    {
        var found = Read(aptFolder).Where(entry => entry.Components.Split(' ').Contains("main")).Distinct().ToList();
        var entries = new[] { release }.Concat(Releases).Select(known => Turned(found, known, release)).FirstOrDefault(turned => turned.Count > 0);
        if (entries == null)
        {
            throw new StageException(
                $"{aptFolder} names no source of Debian {string.Join(" or ", Releases)} (component main), which the nodes are made of and Kubernetes v1.20.2 is built from. Use a Debian 12 machine, or add such a source.");
        }

        var text = new StringBuilder();
        foreach (var entry in entries)
        {
            text.Append($"Types: {type}\nURIs: {entry.Uri}\nSuites: {entry.Suite}\nComponents: main\nSigned-By: {entry.SignedBy}\n\n");
        }

        return text.ToString();
    }

    /// <summary>Hosts that this machine's packages come from.</summary>
    /// <param name="aptFolder">Normally <c>/etc/apt</c>.</param>
    public static IReadOnlyList<string> Hosts(string aptFolder = "/etc/apt") =>
        [.. Read(aptFolder).Select(entry => Uri.TryCreate(entry.Uri, UriKind.Absolute, out var uri) ? uri.Host : "").Where(host => host.Length > 0).Distinct()];

    private static List<Entry> Turned(IEnumerable<Entry> entries, string from, string to) => from == to
        ? [.. entries.Where(entry => entry.Suite.Split('-')[0] == from)]
        : [.. entries.Where(entry => Suffixes.Any(suffix => entry.Suite == from + suffix)).Select(entry => entry with { Suite = to + entry.Suite[from.Length..] })];

    private static IEnumerable<Entry> Read(string aptFolder)
    {
        var parts = Path.Combine(aptFolder, "sources.list.d");
        var files = (Directory.Exists(parts) ? Directory.EnumerateFiles(parts).Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
            .Prepend(Path.Combine(aptFolder, "sources.list")).Where(File.Exists);
        return files.SelectMany(file => Path.GetExtension(file) switch
        {
            ".sources" => ReadDeb822(File.ReadAllText(file)),
            ".list" => ReadOneLine(File.ReadAllLines(file)),
            _ => [],
        });
    }

    private static IEnumerable<Entry> ReadDeb822(string text) =>
        from stanza in text.Replace("\r", "", StringComparison.Ordinal).Split("\n\n")
        let fields = stanza.Split('\n').Where(line => !line.StartsWith('#') && !line.StartsWith(' ') && line.Contains(':', StringComparison.Ordinal))
            .GroupBy(line => line[..line.IndexOf(':', StringComparison.Ordinal)].Trim(), line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim(), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(field => field.Key, field => field.Last(), StringComparer.OrdinalIgnoreCase)
        where Words(fields, "Types").Contains("deb") && !string.Equals(fields.GetValueOrDefault("Enabled"), "no", StringComparison.OrdinalIgnoreCase)
        from uri in Words(fields, "URIs")
        from suite in Words(fields, "Suites")
        select new Entry(uri, suite, fields.GetValueOrDefault("Components", ""), fields.GetValueOrDefault("Signed-By") is { Length: > 0 } keyring ? keyring : DefaultKeyring);

    private static IEnumerable<Entry> ReadOneLine(IEnumerable<string> lines) =>
        from line in lines
        let words = Unbracketed(line).Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where words.Length >= 4 && words[0] == "deb"
        select new Entry(words[1], words[2], string.Join(' ', words[3..]), SignedBy(line));

    private static string Unbracketed(string line)
    {
        var (open, close) = (line.IndexOf('[', StringComparison.Ordinal), line.IndexOf(']', StringComparison.Ordinal));
        return (open < 0 || close < open ? line : line.Remove(open, close - open + 1)).Split('#')[0];
    }

    private static string SignedBy(string line) =>
        line.Split('[', ']', ' ').FirstOrDefault(word => word.StartsWith("signed-by=", StringComparison.OrdinalIgnoreCase))?["signed-by=".Length..] ?? DefaultKeyring;

    private static string[] Words(Dictionary<string, string> fields, string name) =>
        [.. fields.GetValueOrDefault(name, "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct()];
}
