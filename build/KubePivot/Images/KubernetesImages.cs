using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Files;
using KubePivot.HostPackages;
using KubePivot.Stages;

namespace KubePivot.Images;

/// <summary>
/// Puts the container images of source <c>debian</c> together: each component's program, kube-proxy's over a small Debian, and the
/// default backend, which is Debian's busybox.
/// </summary>
public sealed class KubernetesImages(StageContext context, ReleaseCatalogue catalogue, KubernetesRelease release)
{
    /// <summary>What kube-proxy calls (iptables, conntrack, modprobe, ipset) and the tables of protocols that iptables reads.</summary>
    private const string ProxyPackages = "iptables,conntrack,kmod,ipset,netbase";

    /// <summary>Makes all images of <see cref="KubernetesArtifacts.Images"/>.</summary>
    /// <param name="programs">Folder of the programs, with <c>pause</c>.</param>
    /// <param name="images">Folder that the archives are written to.</param>
    /// <param name="workFolder">For layers; the caller deletes it.</param>
    public async Task BuildAsync(string programs, string images, string workFolder)
    {
        using var step = context.Reporter.Step("put the container images together");
        Directory.CreateDirectory(images);
        Directory.CreateDirectory(workFolder);
        var proxyBase = await BuildProxyBaseAsync(workFolder).ConfigureAwait(false);
        await new DefaultBackendImage(context, catalogue.Image(release, DefaultBackendImage.Component)).BuildAsync(images, workFolder).ConfigureAwait(false);
        await Parallel.ForEachAsync(KubernetesArtifacts.Images.Where(component => component != DefaultBackendImage.Component), context.CancellationToken, (component, _) =>
        {
            var path = component == "pause" ? "pause" : $"usr/local/bin/{component}";
            var layer = Path.Combine(workFolder, $"{component}.layer.tar");
            ContainerImage.WriteProgramLayer(layer, Path.Combine(programs, component), path);
            var image = new ContainerImage(catalogue.Image(release, component), KubernetesArtifacts.Architecture).WithEntrypoint($"/{path}");
            (component == "kube-proxy" ? image.WithLayer(proxyBase) : image).WithLayer(layer).Save(Path.Combine(images, $"{component}.tar"));
            File.Delete(layer);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
    }

    private async Task<string> BuildProxyBaseAsync(string workFolder)
    {
        await new AptPackages(context).EnsureAsync(["mmdebstrap", "debian-archive-keyring"], "to make kube-proxy's image").ConfigureAwait(false);
        context.Reporter.Info("Making the base of kube-proxy's image from Debian's packages (about 20 s)");
        var sources = Path.Combine(workFolder, "debian.sources");
        AtomicFile.Write(sources, DebianSources.Deb822("deb"));
        var tar = Path.Combine(workFolder, "kube-proxy-base.tar");
        (await LocalCommand.RunAsync(
            "mmdebstrap",
            ["--variant=minbase", $"--include={ProxyPackages}", .. Mmdebstrap.LeanOptions, DebianSources.Release, tar, sources],
            environment: Mmdebstrap.Environment(workFolder),
            onLine: line => context.Reporter.Detail(line),
            cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure("The base of kube-proxy's image could not be made", "Does this machine reach Debian's packages? Is there disk space? Then run ./build.sh FetchKubernetes again.");
        return tar;
    }
}
