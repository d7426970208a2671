using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Files;
using KubePivot.Images;

namespace KubePivot.Stages;

/// <summary>
/// Kubelet, kubectl and container images of the release in use lie in the cache, or in the bundle, whole; with provider lxc, the
/// machines' box is made.
/// </summary>
/// <param name="bundleTo">Folder that a bundle is made in; null: none is.</param>
public sealed class FetchKubernetesStage(StageContext context, SourceChoice kubernetes, string? bundleTo = null)
{
    private readonly KubernetesRelease release = kubernetes.Release;

    private readonly KubernetesArtifacts artifacts = KubernetesArtifacts.Locate(kubernetes.Release);

    public async Task RunAsync()
    {
        if (bundleTo != null)
        {
            BundleWriter.ThrowIfForeign(bundleTo);
        }

        context.Reporter.Info($"Kubernetes {release}: {kubernetes.Reason}");
        if (release.Source == KubernetesSource.Bundle)
        {
            CheckBundle();
        }
        else
        {
            using (await LockAsync().ConfigureAwait(false))
            {
                await EnsureArtifactsAsync().ConfigureAwait(false);
            }
        }

        var box = new LxcBox(context, artifacts);
        var isLxc = context.Cluster.Provider == MachineProvider.Lxc;
        if (isLxc)
        {
            await box.EnsureAsync().ConfigureAwait(false);
        }

        if (bundleTo != null)
        {
            var images = release.Source == KubernetesSource.Upstream ? await DownloadImagesAsync().ConfigureAwait(false) : [];
            await new BundleWriter(context, artifacts, images, isLxc ? await box.EnsureBaseAsync().ConfigureAwait(false) : null).WriteAsync(bundleTo).ConfigureAwait(false);
        }
    }

    private void CheckBundle()
    {
        using var step = context.Reporter.Step("check the bundle");
        var bundle = Bundle.Load(artifacts.Folder, KubernetesArtifacts.Architecture);
        context.Reporter.Info($"The bundle {bundle.Folder} is whole: Kubernetes {bundle.Version}, {bundle.Images.Count} images");
    }

    private async Task<IReadOnlyList<string>> DownloadImagesAsync()
    {
        using var alone = await LockAsync().ConfigureAwait(false);
        var files = RegistryFiles.Load(context.Cluster.Spec.Registries, context.Paths);
        return await new ImageDownload(context, files, $"{artifacts.Folder}.images").FetchAsync(context.Catalogue.ImagesOf(release, context.Cluster.Spec)).ConfigureAwait(false);
    }

    private Task<IDisposable> LockAsync() => FileLock.AcquireAsync(
        $"{artifacts.Folder}.lock", context.Clock, () => context.Reporter.Info($"Waiting for another build that is making {artifacts.Folder}"), context.CancellationToken);

    private async Task EnsureArtifactsAsync()
    {
        var damaged = artifacts.IsComplete ? Checksums.Damaged(artifacts.Folder) : [];
        if (artifacts.IsComplete && damaged.Count == 0)
        {
            context.Reporter.Info($"Kubernetes {release} is in the cache: {artifacts.Folder}");
            return;
        }

        if (damaged.Count > 0)
        {
            context.Reporter.Warning($"The cache is damaged, {string.Join(", ", damaged)} in {artifacts.Folder} {(damaged.Count == 1 ? "is" : "are")} not what was put there: making Kubernetes {release} anew");
        }

        try
        {
            await MakeAsync().ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new StageException($"Making Kubernetes {release} in {ClusterPaths.Cache}: {exception.Message} Make room (about 6 GiB), or let XDG_CACHE_HOME name another disk, and run this again.", exception);
        }
    }

    /// <summary>Everything is made beside and renamed: the folder is there whole or not at all.</summary>
    private async Task MakeAsync()
    {
        var (work, partial) = ($"{artifacts.Folder}.work", $"{artifacts.Folder}.partial");
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        if (release.Source == KubernetesSource.Upstream)
        {
            using var client = new HttpClient { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
            await new UpstreamKubernetes(context, client, context.Cluster.Spec.Kubernetes.DownloadMirror, work).FetchAsync(release.Downloads, partial).ConfigureAwait(false);
        }
        else
        {
            await CompileAsync(work, partial).ConfigureAwait(false);
        }

        artifacts.WriteRecipe(partial);
        Checksums.Write(partial);
        if (Directory.Exists(artifacts.Folder))
        {
            Directory.Delete(artifacts.Folder, recursive: true);
        }

        Directory.Move(partial, artifacts.Folder);
        Directory.Delete(work, recursive: true);
        context.Reporter.Info($"Kubernetes {release} is in the cache: {artifacts.Folder}");
    }

    private async Task CompileAsync(string work, string partial)
    {
        var programs = Path.Combine(partial, "bin");
        if (artifacts.HasPrograms)
        {
            context.Reporter.Info($"The programs of {artifacts.Folder} are as they must be; only the images are made anew");
            CopyFiles(Path.Combine(artifacts.Folder, "bin"), programs);
        }
        else
        {
            await new DebianKubernetes(context, work).BuildAsync(programs).ConfigureAwait(false);
        }

        await new KubernetesImages(context, context.Catalogue, release)
            .BuildAsync(programs, Path.Combine(partial, "images"), Path.Combine(work, "layers")).ConfigureAwait(false);
    }

    private static void CopyFiles(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
