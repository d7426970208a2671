using System.Text.RegularExpressions;
using KubePivot.Ssh;

namespace KubePivot.Diagnosis;

/// <summary>Files of <c>.cluster</c> and of nodes as they may be shown: what is secret in them is masked, and all else stays readable.</summary>
internal static partial class Redaction
{
    private const string Mask = "***";

    /// <summary>Masks a text.</summary>
    /// <param name="masked">Is told each value that was masked for the name it has.</param>
    public static string Of(string text, Action<string>? masked = null)
    {
        var lines = text.Split('\n');
        var secretBlock = -1;
        var inSecret = false;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            inSecret = line.StartsWith("---", StringComparison.Ordinal) ? HoldsSecret(lines, i + 1) : i == 0 ? HoldsSecret(lines, 0) : inSecret;
            var indent = line.Length - line.TrimStart().Length;
            if (secretBlock >= 0 && (indent > secretBlock || line.Trim().Length == 0))
            {
                lines[i] = DataLine().Replace(line, match => Masked(match, masked));
                if (lines[i] == line && line.Trim().Length > 0 && !BlockHeader().IsMatch(line))
                {
                    // A line of a text that spans several.
                    masked?.Invoke(line.Trim());
                    lines[i] = Mask;
                }

                continue;
            }

            secretBlock = inSecret && SecretData().IsMatch(line) ? indent : -1;
            lines[i] = AccountInUrl().Replace(SecretValue().Replace(line, match => Masked(match, masked)), match => Masked(match, masked));
        }

        return Redactor.Text(string.Join('\n', lines));
    }

    /// <summary>Whether the document of YAML that begins with this line is a Secret.</summary>
    private static bool HoldsSecret(string[] lines, int from) =>
        lines.Skip(from).TakeWhile(line => !line.StartsWith("---", StringComparison.Ordinal)).Any(line => line.TrimEnd() is "kind: Secret" or "kind: \"Secret\"");

    private static string Masked(Match match, Action<string>? masked)
    {
        masked?.Invoke(match.Groups["value"].Value.Trim().Trim('"', '\'', ']', '['));
        return $"{match.Groups["name"].Value}{Mask}{match.Groups["rest"].Value}";
    }

    [GeneratedRegex(@":\s*[|>][+-]?\s*$")]
    private static partial Regex BlockHeader();

    [GeneratedRegex(@"^(data|stringData):\s*$")]
    private static partial Regex SecretData();

    [GeneratedRegex(@"^(?<name>\s+[""']?[\w.\-/]+[""']?:\s*)(?<value>[^\s|>].*)$")]
    private static partial Regex DataLine();

    [GeneratedRegex(@"^(?<name>[\s-]*[""']?(client-key-data|token|password|passwd|secret|auth|auth_pass|identitytoken|authorization)[""']?(\s*[:=]\s*|\s+(?=\S+$)))(?<value>[^\s{:=].*)$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretValue();

    [GeneratedRegex(@"(?<name>://[^/\s:@]*:)(?<value>[^/\s@]+)(?<rest>@)")]
    private static partial Regex AccountInUrl();
}
