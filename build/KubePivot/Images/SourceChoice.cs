using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Images;

/// <summary>The Kubernetes release in use, and why it.</summary>
/// <param name="Reason">For people, as in <c>as asked for</c>.</param>
public sealed record SourceChoice(KubernetesRelease Release, string Reason)
{
    /// <summary>Without these there is no cluster.</summary>
    private static readonly string[] NeededImages = ["kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "pause"];

    /// <summary>Whether source <c>auto</c> found it by looking around, so that it is worth remembering.</summary>
    public bool IsAutomatic { get; init; }

    /// <summary>Chooses source and version.</summary>
    /// <param name="asked">What cluster.yaml and the command line say.</param>
    /// <param name="bundleFolder">Where the bundle lies, or would lie.</param>
    /// <param name="remembered">What <c>auto</c> came to before; null: nothing yet.</param>
    /// <param name="whoAnswers">Which registry of upstream's images can be reached, or null; asked only if it matters.</param>
    /// <exception cref="InvalidInputException">A source or version that cannot be had, with what can; a bundle with problems, with all of them.</exception>
    public static SourceChoice Of(KubernetesSpec asked, string bundleFolder, ReleaseCatalogue catalogue, RememberedSource? remembered, Func<Uri?> whoAnswers)
    {
        var choice = Choose(asked, bundleFolder, catalogue, remembered, whoAnswers);
        return choice with { Release = choice.Release with { Overrides = asked.Images } };
    }

    private static SourceChoice Choose(KubernetesSpec asked, string bundleFolder, ReleaseCatalogue catalogue, RememberedSource? remembered, Func<Uri?> whoAnswers) => asked.Source switch
    {
        KubernetesSource.Bundle => new(OfBundle(asked, bundleFolder, catalogue), $"as asked for, in {bundleFolder}"),
        KubernetesSource.Debian => new(OfDebian(asked, catalogue), "as asked for"),
        KubernetesSource.Upstream => new(OfUpstream(asked, catalogue), "as asked for"),
        _ when Bundle.IsAt(bundleFolder) => new(OfBundle(asked, bundleFolder, catalogue), $"a bundle lies in {bundleFolder}"),
        _ when remembered != null && asked.Version is var version && (version == null || version == remembered.Version) =>
            new(OfRemembered(asked, remembered, catalogue), $"as chosen for this cluster at {remembered.Chosen:yyyy-MM-dd HH:mm}Z: {remembered.Reason}. --source, or Destroy and Bootstrap, choose anew"),
        _ => OfSurroundings(asked, bundleFolder, catalogue, whoAnswers) with { IsAutomatic = true },
    };

    private static SourceChoice OfSurroundings(KubernetesSpec asked, string bundleFolder, ReleaseCatalogue catalogue, Func<Uri?> whoAnswers)
    {
        var noBundle = $"there is no bundle in {bundleFolder}";
        return whoAnswers() is { } registry
            ? new(OfUpstream(asked, catalogue), $"{noBundle}, and {registry.Authority} answers")
            : new(OfDebian(asked, catalogue), $"{noBundle}, and {RegistryProbe.Registry} does not answer within {RegistryProbe.Patience.TotalSeconds:0} s");
    }

    private static KubernetesRelease OfRemembered(KubernetesSpec asked, RememberedSource remembered, ReleaseCatalogue catalogue)
    {
        var pinned = asked with { Version = remembered.Version };
        return Choices.Source.Parse("source", remembered.Source) == KubernetesSource.Upstream ? OfUpstream(pinned, catalogue) : OfDebian(pinned, catalogue);
    }

    private static KubernetesRelease OfUpstream(KubernetesSpec asked, ReleaseCatalogue catalogue)
    {
        var version = asked.Version ?? catalogue.DefaultVersion(KubernetesSource.Upstream);
        return catalogue.ProblemOf("kubernetes.version", version) is { } problem
            ? throw Invalid(problem)
            : new(version, KubernetesSource.Upstream) { Downloads = catalogue.Downloads(version, KubernetesArtifacts.Architecture) };
    }

    private static KubernetesRelease OfDebian(KubernetesSpec asked, ReleaseCatalogue catalogue)
    {
        var offered = catalogue.DefaultVersion(KubernetesSource.Debian);
        return asked.Version == null || asked.Version == offered
            ? new(offered, KubernetesSource.Debian)
            : throw Invalid(new Problem("kubernetes.version", asked.Version, $"source debian supplies {offered} and no other, for Debian's newer source packages of Kubernetes hold kubectl alone; leave the version out, or take another release from another source"));
    }

    private static KubernetesRelease OfBundle(KubernetesSpec asked, string folder, ReleaseCatalogue catalogue)
    {
        var bundle = Bundle.Load(folder, KubernetesArtifacts.Architecture, everyByte: false);
        var images = ImagesOf(bundle, catalogue);
        List<Problem> problems =
        [
            .. new[] { catalogue.ProblemOf($"{Bundle.DescriptionFile}: version", bundle.Version) }.OfType<Problem>(),
            .. NeededImages.Where(component => !images.ContainsKey(component)).Select(component => new Problem("images", null, $"holds no image of {component}; it may be called {string.Join(" or ", NamesOf(component, bundle.Version, catalogue))}")),
        ];
        if (asked.Version != null && asked.Version != bundle.Version)
        {
            problems.Add(new("kubernetes.version", asked.Version, $"the bundle supplies {bundle.Version} and no other; leave the version out, or name that one"));
        }

        return problems.Count == 0
            ? new(bundle.Version, KubernetesSource.Bundle) { Folder = folder, Images = images, MachinesDebian = catalogue.MachinesDebian(bundle.Version) }
            : throw new InvalidInputException($"The bundle {folder} cannot be used:", problems);
    }

    private static SortedDictionary<string, string> ImagesOf(Bundle bundle, ReleaseCatalogue catalogue)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var component in catalogue.Components(KubernetesSource.Upstream).Union(catalogue.Components(KubernetesSource.Debian)))
        {
            if (bundle.Find(NamesOf(component, bundle.Version, catalogue)) is { } image)
            {
                found[component] = image;
            }
        }

        return found;
    }

    /// <summary>What a component's image may be called: as upstream has it, or as source debian does.</summary>
    private static IEnumerable<string> NamesOf(string component, string version, ReleaseCatalogue catalogue) =>
        new[] { KubernetesSource.Upstream, KubernetesSource.Debian }
            .Select(source => new KubernetesRelease(version, source))
            .Where(release => catalogue.HasImage(release, component))
            .Select(release => catalogue.Image(release, component));

    private static InvalidInputException Invalid(Problem problem) => new("Kubernetes cannot be had as asked for:", [problem]);
}
