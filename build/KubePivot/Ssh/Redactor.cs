using System.Text.RegularExpressions;

namespace KubePivot.Ssh;

/// <summary>
/// Takes secrets out of what nodes say before anyone sees it: private keys in PEM or in base64 of PEM (kubeconfigs, Secrets), JSON web
/// tokens, and the keys that Secrets are encrypted with. We never ask a node for one; this is for journals and error messages that quote a file. One object reads one text,
/// line by line, for a private key spans lines.
/// </summary>
internal sealed partial class Redactor
{
    private const string Mask = "***";

    private bool insideKey;

    /// <summary>A whole text, line by line.</summary>
    public static string Text(string text)
    {
        if (!MayHoldSecret(text))
        {
            return text;
        }

        var redactor = new Redactor();
        return string.Join('\n', text.Split('\n').Select(redactor.Line));
    }

    /// <summary>The next line of the text this object reads.</summary>
    public string Line(string line)
    {
        if (insideKey)
        {
            insideKey = !line.Contains("-----END", StringComparison.Ordinal);
            return Mask;
        }

        if (!MayHoldSecret(line))
        {
            return line;
        }

        if (line.IndexOf("PRIVATE KEY-----", StringComparison.Ordinal) is >= 0 and var begin)
        {
            insideKey = !line.AsSpan(begin).Contains("-----END", StringComparison.Ordinal);
            return string.Concat(line.AsSpan(0, line.IndexOf("-----BEGIN", StringComparison.Ordinal) is >= 0 and var start ? start : 0), Mask);
        }

        return EncryptionKey().Replace(EncodedKey().Replace(WebToken().Replace(line, Mask), Mask), Mask);
    }

    private static bool MayHoldSecret(string text) =>
        text.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
        || text.Contains("eyJ", StringComparison.Ordinal)
        || text.Contains("LS0tLS1CRUdJTiB", StringComparison.Ordinal)
        || text.Contains("secret: ", StringComparison.Ordinal)
        || text.Contains("key-", StringComparison.Ordinal)
        || text.Contains("encryption-config", StringComparison.Ordinal);

    [GeneratedRegex(@"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")]
    private static partial Regex WebToken();

    /// <summary>Base64 of <c>-----BEGIN </c> whose next letter does not begin <c>CERTIFICATE</c>.</summary>
    [GeneratedRegex("LS0tLS1CRUdJTiB(?!DRVJU)[A-Za-z0-9+/=]+")]
    private static partial Regex EncodedKey();

    /// <summary>32 bytes in base64, in the API server's configuration or in the PKI's file; or the whole configuration in base64, as a Secret has it.</summary>
    [GeneratedRegex("(?<=secret: |key-[0-9a-f]{16} )[A-Za-z0-9+/]{43}=|(?<=encryption-config\\.yaml\"?: ?\"?)[A-Za-z0-9+/=]{40,}")]
    private static partial Regex EncryptionKey();
}
