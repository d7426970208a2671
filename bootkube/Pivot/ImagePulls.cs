using System.Text.RegularExpressions;
using KubePivot.Kubernetes;

namespace Bootkube.Pivot;

/// <summary>
/// What containerd's log says of images that it pulls, while there is no API server to ask. It names every mirror that was asked;
/// the error that the kubelet gets names one. Thread-safe.
/// </summary>
internal sealed partial class ImagePulls
{
    /// <summary>A pull that fails from its first try to one this much later will go on failing, unless a registry was away.</summary>
    public static readonly TimeSpan Lasting = TimeSpan.FromMinutes(1);

    /// <summary>A registry may be away for some time.</summary>
    public static readonly TimeSpan Away = Rollouts.DoomedPods.NoRegistry;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Trouble> troubles = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (ImagePullCause Cause, string Detail)> hosts = new(StringComparer.Ordinal);

    /// <summary>Reads a line of the log.</summary>
    /// <returns>Something that a person should be told once; null, as a rule.</returns>
    public string? Take(string line, DateTimeOffset now)
    {
        var text = line.Replace("\\\"", "\"", StringComparison.Ordinal);
        lock (gate)
        {
            if (NextHost().Match(text) is { Success: true } next)
            {
                return TakeHost(next.Groups["host"].Value, text);
            }

            if (Pulled().Match(text) is { Success: true } pulled)
            {
                troubles.Remove(pulled.Groups["image"].Value);
            }
            else if (text.Contains("returns sandbox id", StringComparison.Ordinal))
            {
                foreach (var image in troubles.Where(trouble => trouble.Value.OfSandbox).Select(trouble => trouble.Key).ToList())
                {
                    troubles.Remove(image);
                }
            }
            else if (text.Contains("level=error", StringComparison.Ordinal) && ImagePullFailure.Find(text) is { } failure)
            {
                var first = troubles.TryGetValue(failure.Image, out var before) ? before.First : now;
                troubles[failure.Image] = new(failure, first, now, text.Contains("sandbox image", StringComparison.Ordinal));
            }

            return null;
        }
    }

    /// <summary>Images that cannot be had at present, and why; empty if none.</summary>
    public string Words()
    {
        lock (gate)
        {
            return string.Join("; ", troubles.Values.Select(Words));
        }
    }

    /// <summary>Why success has become impossible; null if it has not.</summary>
    public string? Impossible()
    {
        lock (gate)
        {
            var lasting = troubles.Values.Where(trouble => trouble.Last - trouble.First >= (trouble.Failure.MayPass ? Away : Lasting)).ToList();
            return lasting.Count == 0 ? null : string.Join("; ", lasting.Select(Words));
        }
    }

    private string? TakeHost(string host, string text)
    {
        var found = text.Contains("http.StatusNotFound", StringComparison.Ordinal) ? (ImagePullCause.Missing, "not found") : ImagePullFailure.CauseOf(text);
        var isNew = !hosts.TryGetValue(host, out var before) || before != found;
        hosts[host] = found;
        return isNew && found.Item1 == ImagePullCause.Unreachable ? $"{host} cannot be reached for images ({found.Item2}); the next in order is tried." : null;
    }

    private string Words(Trouble trouble)
    {
        var others = hosts.Where(host => host.Key != trouble.Failure.Host).Select(host => $"{host.Key}: {host.Value.Detail}").ToList();
        return $"{trouble.Failure}{(others.Count == 0 ? "" : $"; also asked: {string.Join(", ", others)}")}";
    }

    [GeneratedRegex("msg=\"trying next host.* host=\"?(?<host>[^\"\\s]+)")]
    private static partial Regex NextHost();

    [GeneratedRegex("PullImage \"(?<image>[^\"]+)\" returns image reference")]
    private static partial Regex Pulled();

    /// <param name="OfSandbox">The image is that of the pods' sandboxes.</param>
    private sealed record Trouble(ImagePullFailure Failure, DateTimeOffset First, DateTimeOffset Last, bool OfSandbox);
}
