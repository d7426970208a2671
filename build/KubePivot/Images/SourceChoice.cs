using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Images;

/// <summary>The Kubernetes release in use, and why it.</summary>
/// <param name="Reason">For people, as in <c>as asked for</c>.</param>
public sealed record SourceChoice(KubernetesRelease Release, string Reason)
{
    /// <summary>Chooses source and version; pure.</summary>
    /// <param name="requested">From cluster.yaml or the command line.</param>
    /// <param name="version">A version that cluster.yaml asks for, or null.</param>
    /// <exception cref="InvalidInputException">A source or version that cannot be had: with what can.</exception>
    public static SourceChoice Of(KubernetesSource requested, string? version, ReleaseCatalogue catalogue)
    {
        if (requested is not (KubernetesSource.Auto or KubernetesSource.Debian))
        {
            throw Invalid("kubernetes.source", requested.ToString().ToLowerInvariant(), "this version of KubePivot supplies source debian only; choose debian or auto");
        }

        var offered = catalogue.DefaultVersion(KubernetesSource.Debian);
        if (version != null && version != offered)
        {
            throw Invalid("kubernetes.version", version, $"source debian supplies {offered} and no other; leave the version out, or name that one");
        }

        return new(
            new KubernetesRelease(offered, KubernetesSource.Debian),
            requested == KubernetesSource.Debian ? "as asked for" : "the only source that this version of KubePivot supplies");
    }

    private static InvalidInputException Invalid(string path, string value, string rule) => new("Kubernetes cannot be had as asked for:", [new Problem(path, value, rule)]);
}
