using System.Text.RegularExpressions;

namespace KubePivot.Machines;

/// <summary>A line that Vagrant prints, taken apart.</summary>
/// <param name="Node">The machine it is about, or null.</param>
/// <param name="Text">What it says; empty for a line that says nothing.</param>
/// <param name="IsDetail">Worth showing only to someone who asks for details.</param>
public sealed partial record VagrantLine(string? Node, string Text, bool IsDetail)
{
    private static readonly string[] Details = ["SSH username:", "SSH auth method:", "Setting hostname", "Bringing machine", "Warning: Connection refused. Retrying"];

    public static VagrantLine Parse(string line)
    {
        var plain = ControlSequence().Replace(line, "").TrimEnd();
        var match = Prefixed().Match(plain);
        var (node, text) = match.Success ? (match.Groups["node"].Value, match.Groups["text"].Value) : (null, plain.Trim());
        return new VagrantLine(node, text, Details.Any(detail => text.StartsWith(detail, StringComparison.Ordinal)));
    }

    /// <summary><c>==&gt; master01: Starting…</c>, <c>    master01: SSH address: …</c>.</summary>
    [GeneratedRegex(@"^(?:==>|\s{3})\s+(?<node>[A-Za-z0-9-]+): (?<text>.*)$")]
    private static partial Regex Prefixed();

    /// <summary>Colours, and the carriage returns of progress bars.</summary>
    [GeneratedRegex(@"\x1b\[[0-9;]*[A-Za-z]|.*\r")]
    private static partial Regex ControlSequence();
}
