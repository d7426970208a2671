using KubePivot.Configuration;

namespace KubePivot.Assets;

/// <summary>All that is rendered for a cluster, checked, and not yet on disk.</summary>
/// <param name="Kubeconfig">For people.</param>
/// <param name="Assets">The asset tree, ordered by path.</param>
/// <param name="Nodes">The tree of each node, without the asset tree that the bootstrap master holds too.</param>
/// <param name="LeftOut">Add-ons that cluster.yaml asks for and the source has not all images of, by name.</param>
public sealed record RenderedCluster(
    RenderedFile Kubeconfig,
    IReadOnlyList<RenderedFile> Assets,
    IReadOnlyDictionary<string, IReadOnlyList<RenderedFile>> Nodes,
    IReadOnlyList<LeftOutAddon> LeftOut)
{
    /// <summary>The masters need the image of pod-checkpointer that the build makes.</summary>
    public bool NeedsCheckpointerImage { get; private init; }

    /// <summary>Renders and checks. Pure but for reading the templates: the same cluster, release and PKI give the same bytes.</summary>
    /// <exception cref="StageException">A template is wrong, or what it renders to breaks a rule.</exception>
    /// <exception cref="InvalidInputException">cluster.yaml asks for what the release has not.</exception>
    /// <param name="registries">Passwords and authorities; null: read from the files that cluster.yaml names.</param>
    public static RenderedCluster Render(ClusterPaths paths, ReleaseCatalogue catalogue, Cluster cluster, KubernetesRelease release, PkiTexts pki, RegistryFiles? registries = null)
    {
        var bridge = UsesBridge(cluster, release, catalogue);
        var asked = cluster.Spec.Addons.Where(addon => addon != KnownAddons.Flannel || cluster.Spec.Network.Cni != CniKind.Bridge).Order(StringComparer.Ordinal).ToList();
        var leftOut = asked.Select(addon => catalogue.LeftOut(release, addon, cluster.Spec.Dashboard)).OfType<LeftOutAddon>().ToList();
        var unwanted = KnownAddons.All.Except(asked.Except(leftOut.Select(addon => addon.Name))).Select(addon => $"manifests/{addon}.yaml").ToHashSet(StringComparer.Ordinal);
        var checkpointer = asked.Contains(KnownAddons.PodCheckpointer) && catalogue.IsOwn(release, KnownAddons.PodCheckpointer);
        var assetTemplates = TemplateSet.Load(paths, "assets", file => !unwanted.Contains(file));
        var nodeTemplates = NodeTemplates.Load(paths);
        var model = new TemplateModel(cluster, release, catalogue, bridge, pki.Encryption);
        var renderer = new TemplateRenderer(cluster, release, catalogue, pki, registries ?? RegistryFiles.Load(cluster.Spec.Registries, paths), model, assetTemplates);

        var kubeconfig = renderer.Render(TemplateSet.LoadOne(paths, "kubeconfig"), cluster.Bootstrap);
        var assets = new RenderedFile[assetTemplates.Files.Count];
        Faults.Unwrapped(() => Parallel.For(0, assets.Length, index => assets[index] = renderer.Asset(assetTemplates.Files[index].Target)));
        var nodes = new IReadOnlyList<RenderedFile>[cluster.Nodes.Count];
        Faults.Unwrapped(() => Parallel.For(0, nodes.Length, index =>
        {
            var node = cluster.Nodes[index];
            nodes[index] = [.. nodeTemplates.For(cluster, node, bridge, checkpointer).Select(file => renderer.Render(file, node))];
        }));

        CheckAll(new ManifestCheck(cluster.ServiceNetwork, release, catalogue.Apis), [kubeconfig, .. assets], nodes);
        return new RenderedCluster(
            kubeconfig,
            assets,
            cluster.Nodes.Zip(nodes).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal),
            leftOut) { NeedsCheckpointerImage = checkpointer };
    }

    private static void CheckAll(ManifestCheck check, IEnumerable<RenderedFile> objects, IReadOnlyList<RenderedFile>[] nodes)
    {
        foreach (var file in objects.Where(file => ManifestCheck.IsYaml(file.Path)))
        {
            check.Check(file);
        }

        Faults.Unwrapped(() => Parallel.ForEach(nodes, files =>
        {
            foreach (var file in files.Where(file => ManifestCheck.IsYaml(file.Path)))
            {
                ManifestCheck.WellFormed(file);
            }
        }));
    }

    private static bool UsesBridge(Cluster cluster, KubernetesRelease release, ReleaseCatalogue catalogue)
    {
        var cni = cluster.Spec.Network.Cni;
        var missing = catalogue.LeftOut(release, KnownAddons.Flannel, cluster.Spec.Dashboard);
        if (cni == CniKind.Flannel && missing != null)
        {
            throw new InvalidInputException(
                "The pod network cannot be had:",
                [new Problem("network.cni", "flannel", $"{release} has no image of {string.Join(" and ", missing.MissingImages)}: choose auto or bridge, or another kubernetes.source")]);
        }

        return cni == CniKind.Bridge || (cni == CniKind.Auto && (missing != null || !cluster.Spec.Addons.Contains(KnownAddons.Flannel)));
    }
}
