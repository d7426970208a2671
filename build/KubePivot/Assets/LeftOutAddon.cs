using KubePivot.Configuration;

namespace KubePivot.Assets;

/// <summary>An add-on that cluster.yaml asks for and that is not installed, for the source in use has not all of its images.</summary>
/// <param name="Name">As in <c>kube-dns</c>.</param>
/// <param name="MissingImages">Components, as in <c>coredns</c>.</param>
/// <param name="Sources">The sources that have them all; empty if none does.</param>
public sealed record LeftOutAddon(string Name, IReadOnlyList<string> MissingImages, IReadOnlyList<KubernetesSource> Sources)
{
    /// <summary>What is left out and what to do about it, in sentences.</summary>
    public static string Words(KubernetesRelease release, IReadOnlyList<LeftOutAddon> leftOut)
    {
        var text = $"Left out, for {release} has no images of them: {string.Join(", ", leftOut.Select(addon => addon.Name))}.";
        foreach (var group in leftOut.GroupBy(addon => string.Join(" or ", addon.Sources.Select(Choices.Source.NameOf))))
        {
            var names = string.Join(", ", group.Select(addon => addon.Name));
            text += group.Key.Length > 0
                ? $" To have {names}, set kubernetes.source to {group.Key}{(release.Source == KubernetesSource.Bundle ? ", or take a bundle that holds them" : "")}."
                : $" No source has {names} yet; remove it from addons to have this line no more.";
        }

        return text;
    }
}
