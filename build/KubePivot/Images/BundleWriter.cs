using KubePivot.Bootkube;
using KubePivot.Stages;

namespace KubePivot.Images;

/// <summary>Makes a bundle (<see cref="Bundle"/>) of what lies in the cache.</summary>
/// <param name="furtherImages">Archives of images that the cache has not, for nodes pull them as a rule.</param>
/// <param name="machineBase">The file system that lxc machines begin with; null: the bundle is for other machines.</param>
public sealed class BundleWriter(StageContext context, KubernetesArtifacts artifacts, IReadOnlyList<string> furtherImages, string? machineBase)
{
    /// <summary>Refuses a folder that holds something else, before anything is done.</summary>
    /// <exception cref="InvalidInputException">The folder is there, is not empty, and is no bundle.</exception>
    public static void ThrowIfForeign(string folder)
    {
        if (Directory.Exists(folder) && !Bundle.IsAt(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new InvalidInputException("The bundle cannot be written:", [new Problem("--bundle-to", folder, "is a folder that holds something else; name a new one, or an earlier bundle, which is then replaced")]);
        }
    }

    /// <summary>Writes the bundle beside and renames it; what an earlier bundle held besides, as images put there by hand, is kept aside.</summary>
    /// <exception cref="StageException">The disk refuses.</exception>
    public async Task WriteAsync(string folder)
    {
        ThrowIfForeign(folder);
        try
        {
            using var step = context.Reporter.Step("write the bundle");
            var partial = $"{folder}.partial";
            DeleteIfThere(partial);
            var payload = new NodePayload(artifacts);
            foreach (var file in payload.Programs.Concat(payload.Images))
            {
                Copy(payload.PathOf(file), partial, Path.GetDirectoryName(file)!);
            }

            foreach (var archive in furtherImages)
            {
                Copy(archive, partial, "images");
            }

            if (machineBase != null)
            {
                Copy(machineBase, partial, Path.GetDirectoryName(Path.GetRelativePath(artifacts.Folder, artifacts.MachineBase))!, Path.GetFileName(artifacts.MachineBase));
            }

            await new NuGetPackages(context).CollectAsync(Path.Combine(partial, Bundle.NuGetFolder)).ConfigureAwait(false);
            Bundle.Seal(partial, artifacts.Release.Version, KubernetesArtifacts.Architecture);
            KeepAside(folder);
            Directory.Move(partial, folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"The bundle could not be written to {folder}: {exception.Message} Make room, or name another folder with --bundle-to.", exception);
        }

        var size = Checksums.Files(folder).Sum(file => new FileInfo(Path.Combine(folder, file)).Length) >> 20;
        context.Reporter.Info($"The bundle {folder} holds Kubernetes {artifacts.Release.Version} with {artifacts.ImageArchives.Count + furtherImages.Count} images ({size} MiB). Use it with: ./build.sh Bootstrap --source bundle --bundle {folder}");
    }

    private void KeepAside(string folder)
    {
        if (Bundle.IsAt(folder))
        {
            var aside = $"{folder}-{context.Clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}";
            Directory.Move(folder, aside);
            context.Reporter.Info($"The bundle that was there is kept in {aside}");
        }
        else
        {
            DeleteIfThere(folder);
        }
    }

    private static void Copy(string file, string bundle, string folder, string? name = null)
    {
        var target = Directory.CreateDirectory(Path.Combine(bundle, folder)).FullName;
        File.Copy(file, Path.Combine(target, name ?? Path.GetFileName(file)), overwrite: true);
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
