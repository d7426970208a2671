using System.Text.RegularExpressions;

namespace KubePivot.Kubernetes;

/// <summary>Why an image could not be pulled.</summary>
public enum ImagePullCause
{
    /// <summary>401 or 403: no account, a wrong one, or one without rights.</summary>
    Refused,

    /// <summary>The registry's certificate does not verify.</summary>
    Untrusted,

    /// <summary>The registry has no such image.</summary>
    Missing,

    /// <summary>No connection, or no answer.</summary>
    Unreachable,

    /// <summary>The words are none that are known here.</summary>
    Unknown,
}

/// <summary>A pull that failed, found in the words of containerd, which the kubelet passes on in a pod's state and events.</summary>
/// <param name="Image">Full name.</param>
/// <param name="Host">The mirror or registry that the words are about, as in <c>mirror.example:5000</c>; null if they name none.</param>
/// <param name="Detail">containerd's own words, as in <c>401 Unauthorized</c>.</param>
/// <remarks>Of several hosts that were asked, containerd 1.6 to 2.1 name the first that failed otherwise than by lacking the image.</remarks>
public sealed partial record ImagePullFailure(string Image, string? Host, ImagePullCause Cause, string Detail)
{
    /// <summary>What each cause looks like. The order counts: words about a certificate may come with a status, and those of a search for a host end like those about an image.</summary>
    private static readonly (ImagePullCause Cause, Regex Words)[] Causes =
    [
        (ImagePullCause.Untrusted, Certificate()), (ImagePullCause.Refused, Refusal()), (ImagePullCause.Unreachable, NoConnection()), (ImagePullCause.Missing, NoImage()),
    ];

    /// <summary>It may pass by itself; the others do not without somebody's doing.</summary>
    public bool MayPass => Cause is ImagePullCause.Unreachable or ImagePullCause.Unknown;

    /// <summary>Finds the failure that a text tells of, or null.</summary>
    /// <param name="text">A message, or a line of containerd's log with quotes escaped.</param>
    public static ImagePullFailure? Find(string text)
    {
        var words = text.Replace("\\\"", "\"", StringComparison.Ordinal);
        var named = Named().Match(words);
        if (!named.Success)
        {
            return null;
        }

        var (cause, detail) = CauseOf(words);
        var host = AskedHost().Match(words);
        return new ImagePullFailure(named.Groups["image"].Value, host.Success ? host.Groups["host"].Value : null, cause, detail);
    }

    /// <summary>The cause that words tell of, whatever image they are about, with those words.</summary>
    public static (ImagePullCause Cause, string Detail) CauseOf(string words)
    {
        foreach (var (cause, pattern) in Causes)
        {
            if (pattern.Match(words) is { Success: true } found)
            {
                return (cause, found.Value.Trim().TrimEnd('.', ':'));
            }
        }

        return (ImagePullCause.Unknown, words.Split(": ")[^1].Trim().Trim('"'));
    }

    /// <summary>For the person at the terminal: image, registry, cause, and what to do.</summary>
    public override string ToString() => $"image {Image} cannot be had: {Words}";

    private string Words => Cause switch
    {
        ImagePullCause.Refused => $"{Where} refuses the account, or wants one ({Detail}): look at registries.credentials in cluster.yaml",
        ImagePullCause.Untrusted => $"the certificate of {Where} does not verify ({Detail}): name its authority in registries.authorities of cluster.yaml",
        ImagePullCause.Missing when Host == null => $"neither {Registry} nor a mirror of it has such an image ({Detail})",
        ImagePullCause.Missing => $"{Host} has no such image ({Detail})",
        ImagePullCause.Unreachable => $"{Where} cannot be reached ({Detail}); what is asked after it, if anything, does not give it either",
        _ => $"{Where}: {Detail}",
    };

    private string Registry => Image.Split('/')[0];

    private string Where => Host ?? Registry;

    [GeneratedRegex("(?:failed to pull and unpack image|failed to get sandbox image|failed to pull image|Failed to pull image|failed to resolve reference|failed to resolve image|PullImage) \"(?<image>[^\"]+)\"")]
    private static partial Regex Named();

    [GeneratedRegex("https?://(?<host>[^/\"\\s?]+)|from host (?<host>\\S+) failed")]
    private static partial Regex AskedHost();

    [GeneratedRegex("(x509|tls): (?!failed to verify certificate: )[^\"\\n(]*|server gave HTTP response to HTTPS client")]
    private static partial Regex Certificate();

    [GeneratedRegex("\\b40[13] (Unauthorized|Forbidden)|authorization failed|no basic auth credentials|insufficient_scope|pull access denied|\\bdenied: [^\"\\n]*")]
    private static partial Regex Refusal();

    [GeneratedRegex("connection refused|no such host|server misbehaving|i/o timeout|no route to host|network is unreachable|connection reset by peer|TLS handshake timeout|context deadline exceeded|Client\\.Timeout exceeded|(?<=: )EOF\\b|\\b(429|5\\d\\d) [A-Z][A-Za-z ]+")]
    private static partial Regex NoConnection();

    [GeneratedRegex("manifest unknown|name unknown|404 Not Found|(?<=: )not found\\b")]
    private static partial Regex NoImage();
}
