using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;
using KubePivot.Pki;

namespace KubePivot.Stages;

/// <summary>Renders the bootkube asset tree, each node's file tree, and the kubeconfig of people.</summary>
/// <param name="kubernetes">The Kubernetes release in use; if it was found by looking around, it is remembered.</param>
/// <param name="bootkubeBinary">The node program's file on the build host; the bootstrap master is not given it if cluster.yaml names an image of it.</param>
public sealed class RenderAssetsStage(StageContext context, SourceChoice kubernetes, string bootkubeBinary)
{
    /// <exception cref="StageException">The PKI is not complete, a template is wrong, or what it renders to breaks a rule; nothing was changed.</exception>
    public Task RunAsync()
    {
        var (cluster, paths, reporter, release) = (context.Cluster, context.Paths, context.Reporter, kubernetes.Release);
        reporter.Info($"Kubernetes {release}: {kubernetes.Reason}");
        RenderedCluster rendered;
        using (reporter.Step("render templates"))
        {
            rendered = RenderedCluster.Render(paths, context.Catalogue, cluster, release, PkiTexts.Of(ClusterPki.Load(paths, cluster)));
        }

        if (rendered.LeftOut.Count > 0)
        {
            reporter.Info(LeftOutAddon.Words(release, rendered.LeftOut));
        }

        context.CancellationToken.ThrowIfCancellationRequested();
        using (reporter.Step("write trees"))
        {
            RememberedSource.Save(paths, kubernetes, context.Clock.GetUtcNow());
            var binary = cluster.Spec.Kubernetes.BootkubeImage == null ? bootkubeBinary : null;
            var image = rendered.NeedsCheckpointerImage ? PodCheckpointerImage.Ensure(context.Catalogue.Image(release, KnownAddons.PodCheckpointer), bootkubeBinary) : null;
            var changed = new RenderedTrees(paths, cluster, binary, image).Write(rendered);
            reporter.Info($"{rendered.Assets.Count} assets and the trees of {rendered.Nodes.Count} nodes are in {Path.GetRelativePath(paths.Root, paths.State)}, {changed} files changed");
        }

        return Task.CompletedTask;
    }
}
