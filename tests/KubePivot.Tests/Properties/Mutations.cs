using System.Text;
using CsCheck;

namespace KubePivot.Tests.Properties;

/// <summary>Texts and files that are nearly right: good ones, damaged in one to four places the way hands, disks and attackers do it.</summary>
internal static class Mutations
{
    /// <summary>Values that somebody may write where another was meant.</summary>
    private static readonly string[] Values =
    [
        "", "~", "null", "true", "no", "-1", "0", "00", "1e999", ".inf", ".nan", "0x7fffffffffffffff", "99999999999999999999999999", "2147483648", "1_000", "[]", "{}", "[[]]", "{a: {b: c}}",
        "'", "\"", "\"\\0\"", "\"\\uD800\"", "\"\\U0010FFFF\"", "\"\\UFFFFFFFF\"", "\"\\x1b[2J\"", "\"\\n\\r\\t\"", "|\n  text", ">-\n  text", "&a x", "*a", "*none", "<<", "!!binary AAAA", "!!int x", "!<tag:x> y", "%TAG", "@", "`", "- a", "? a", ": b",
        "10.2.0.0/16", "0.0.0.0/0", "255.255.255.255/32", "10.2.0.0/-1", "10.2.0.0/99999999999", "::/0", "fe80::1%eth0", "10.0.0.1", "1", "１０.0.0.1", "localhost", "-", ".", "..", "../../etc/passwd", "/dev/null", "a b", "ａ", "é", "e\u0301", "\u202e", "\ufeff", "\u0000", "\u0007", "\u001b[31m",
        "http://", "https://[", "https://a:99999999", "http://a\u0000b", "file:///etc/passwd", "a/b:c@sha256:d", "v1.20.2", "v99999999999.1.1", "v1.20", "1y", "99999999y", "-1d", new string('9', 400), new string('a', 5000), new string('/', 300),
    ];

    private static readonly char[] Characters = [.. "\0\t\n\r :{}[],&*#?|-<>=!%@`'\"\\~_/.0aZ\u0085\u00a0\u2028\ufeff\ufffd\ud800\udc00é"];

    private static readonly Gen<Func<string, string>> Text = Gen.OneOf(
        Gen.Select(Gen.Double.Unit, Gen.Int[0, Characters.Length - 1], (at, which) => (Func<string, string>)(text => text.Insert(Place(text, at), $"{Characters[which]}"))),
        Gen.Select(Gen.Double.Unit, Gen.Int[1, 40], (at, count) => (Func<string, string>)(text => Place(text, at) is var start ? text.Remove(start, Math.Min(count, text.Length - start)) : text)),
        Gen.Select(Gen.Double.Unit, Gen.Int[1, 200], Gen.Double.Unit, (from, count, to) => (Func<string, string>)(text => Place(text, from) is var start ? text.Insert(Place(text, to), text.Substring(start, Math.Min(count, text.Length - start))) : text)),
        Gen.Double.Unit.Select(at => (Func<string, string>)(text => text[..Place(text, at)])),
        Gen.Select(Gen.Double.Unit, Gen.Int[0, Values.Length - 1], (at, which) => (Func<string, string>)(text => WithValue(text, at, Values[which]))),
        Gen.Select(Gen.Double.Unit, Gen.Double.Unit, (from, to) => (Func<string, string>)(text => WithLineMoved(text, from, to))),
        Gen.Select(Gen.Double.Unit, Gen.Int[-2, 9], (at, by) => (Func<string, string>)(text => Indented(text, at, by))),
        Gen.Select(Gen.Double.Unit, Gen.Int[1, 5000], Gen.OneOf("[", "{a: ", "- ", "? ", "{\"a\":", "[1,", "- [", "&a [*a, "), (at, depth, opening) => (Func<string, string>)(text => WithValue(text, at, string.Concat(Enumerable.Repeat(opening, depth))))),
        Gen.Select(Gen.Double.Unit, Gen.Int[2, 30], (at, generations) => (Func<string, string>)(text => WithValue(text, at, Laughs(generations)))),
        Gen.OneOf<Func<string, string>>(
            text => text.Replace("\n", "\r\n", StringComparison.Ordinal), text => $"\ufeff{text}", text => text + text, text => $"{text}\n---\n{text}", text => $"%YAML 9.9\n---\n{text}", text => text.ToUpperInvariant(), text => text.Replace(' ', '\t'), text => text.Replace(' ', '\u00a0'), _ => ""));

    private static readonly Gen<Func<byte[], byte[]>> Bytes = Gen.OneOf(
        Gen.Select(Gen.Double.Unit, Gen.Int[0, 7], (at, bit) => (Func<byte[], byte[]>)(bytes => Flipped(bytes, at, bit))),
        Gen.Double.Unit.Select(at => (Func<byte[], byte[]>)(bytes => bytes[..(int)(at * bytes.Length)])),
        Gen.Select(Gen.Double.Unit, Gen.Byte.Array[1, 30], (at, put) => (Func<byte[], byte[]>)(bytes => [.. bytes[..(int)(at * bytes.Length)], .. put, .. bytes[(int)(at * bytes.Length)..]])),
        Gen.Select(Gen.Double.Unit, Gen.Int[1, 600], (at, count) => (Func<byte[], byte[]>)(bytes => [.. bytes[..(int)(at * bytes.Length)], .. bytes.Skip((int)(at * bytes.Length) + count)])),
        Gen.OneOf<Func<byte[], byte[]>>(
            _ => [], bytes => new byte[bytes.Length], bytes => [0xff, 0xfe, .. bytes], bytes => [0xef, 0xbb, 0xbf, .. bytes], bytes => [.. bytes, .. bytes], bytes => Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(bytes)), bytes => [.. bytes.Reverse()]));

    /// <summary>Damages one of these texts.</summary>
    public static Gen<string> OfTexts(params IReadOnlyList<string> originals) =>
        Gen.Select(Gen.Int[0, originals.Count - 1], Text.Array[1, 4], (which, mutations) => WellFormed(mutations.Aggregate(originals[which], (text, mutation) => mutation(text))));

    /// <summary>Damages one of these files' contents, as text or as bytes.</summary>
    public static Gen<byte[]> OfBytes(params IReadOnlyList<byte[]> originals) => Gen.OneOf(
        Gen.Select(Gen.Int[0, originals.Count - 1], Bytes.Array[1, 3], (which, mutations) => mutations.Aggregate(originals[which], (bytes, mutation) => mutation(bytes))),
        OfTexts([.. originals.Select(Encoding.Latin1.GetString)]).Select(Encoding.UTF8.GetBytes));

    /// <summary>As a file or a node may send it: half a surrogate pair has no form in UTF-8.</summary>
    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static int Place(string text, double at) => (int)(at * text.Length);

    private static byte[] Flipped(byte[] bytes, double at, int bit)
    {
        byte[] copy = [.. bytes];
        if (copy.Length > 0)
        {
            copy[(int)(at * copy.Length)] ^= (byte)(1 << bit);
        }

        return copy;
    }

    /// <summary>Puts another value behind one of the colons or dashes.</summary>
    private static string WithValue(string text, double at, string value)
    {
        var places = Enumerable.Range(0, text.Length).Where(index => text[index] is ':' or '-' or '=').ToList();
        if (places.Count == 0)
        {
            return text + value;
        }

        var start = places[(int)(at * places.Count)] + 1;
        var end = text.IndexOfAny([',', '}', ']', '\n'], start);
        return $"{text[..start]} {value}{(end < 0 ? "" : text[end..])}";
    }

    private static string WithLineMoved(string text, double from, double to)
    {
        var lines = text.Split('\n').ToList();
        var line = lines[(int)(from * lines.Count)];
        lines.Insert((int)(to * lines.Count), line);
        return string.Join('\n', lines);
    }

    private static string Indented(string text, double at, int by)
    {
        var lines = text.Split('\n');
        var index = (int)(at * lines.Length);
        lines[index] = by < 0 ? lines[index].TrimStart() : new string(' ', by) + lines[index];
        return string.Join('\n', lines);
    }

    /// <summary>Each generation holds nine times the one before: two to the power of ninety-five lines out of thirty.</summary>
    private static string Laughs(int generations) => "[&a0 [x], " + string.Join(", ", Enumerable.Range(1, generations).Select(number =>
        $"&a{number} [{string.Join(", ", Enumerable.Repeat($"*a{number - 1}", 9))}]")) + $", ? *a{generations} : x]";
}
