using System.Formats.Tar;
using KubePivot.Commands;
using KubePivot.Files;
using KubePivot.HostPackages;
using KubePivot.Stages;

namespace KubePivot.Images;

/// <summary>
/// The default backend of source <c>debian</c>: httpd of Debian's statically linked busybox over a folder that holds one file. So
/// <c>/healthz</c> is answered with 200, and all else, <c>/</c> too, with 404; on port 8080, like the image that upstream has for it.
/// </summary>
/// <param name="reference">Full name of the image, with tag.</param>
public sealed class DefaultBackendImage(StageContext context, string reference)
{
    /// <summary>Name of the component in the release catalogue.</summary>
    public const string Component = "default-backend";

    private const string Package = "busybox-static";

    private const string Program = "bin/busybox";

    /// <param name="images">Folder that the archive is written to.</param>
    /// <param name="workFolder">For layers; the caller deletes it.</param>
    public async Task BuildAsync(string images, string workFolder) =>
        Assemble(await FetchProgramAsync(workFolder).ConfigureAwait(false), Path.Combine(images, $"{Component}.tar"), workFolder);

    /// <summary>Puts the image together.</summary>
    /// <param name="program">A statically linked busybox with the applet httpd.</param>
    /// <param name="archive">The docker-archive that is written.</param>
    internal void Assemble(string program, string archive, string workFolder)
    {
        var (programLayer, pageLayer, page) = (Path.Combine(workFolder, "busybox.layer.tar"), Path.Combine(workFolder, "healthz.layer.tar"), Path.Combine(workFolder, "healthz"));
        File.WriteAllText(page, "ok\n");
        ContainerImage.WriteProgramLayer(programLayer, program, Program);
        ContainerImage.WriteProgramLayer(pageLayer, page, "www/healthz", UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        new ContainerImage(reference, KubernetesArtifacts.Architecture)
            .WithLayer(programLayer).WithLayer(pageLayer)
            .WithEntrypoint($"/{Program}", "httpd", "-f", "-p", "8080", "-h", "/www")
            .Save(archive);
    }

    /// <summary>Takes the program out of Debian's package, which is not installed here: it would take the place of the machine's own busybox.</summary>
    private async Task<string> FetchProgramAsync(string workFolder)
    {
        var (sources, tar, program) = (Path.Combine(workFolder, "debian.sources"), Path.Combine(workFolder, "busybox.tar"), Path.Combine(workFolder, "busybox"));
        AtomicFile.Write(sources, DebianSources.Deb822("deb"));
        (await LocalCommand.RunAsync(
            "mmdebstrap",
            ["--variant=extract", $"--include={Package}", .. Mmdebstrap.LeanOptions, DebianSources.Release, tar, sources],
            environment: Mmdebstrap.Environment(workFolder),
            onLine: line => context.Reporter.Detail(line),
            cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure($"Debian's package {Package} could not be unpacked", "Does this machine reach Debian's packages? Then run ./build.sh FetchKubernetes again.");
        using var reader = new TarReader(File.OpenRead(tar));
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && entry.Name.EndsWith($"/{Program}", StringComparison.Ordinal))
            {
                entry.ExtractToFile(program, overwrite: true);
                return program;
            }
        }

        throw new StageException($"Debian's package {Package} holds no {Program}; the default backend cannot be made of it.");
    }
}
