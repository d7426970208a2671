using System.Formats.Tar;
using System.IO.Compression;
using KubePivot.Assets;
using KubePivot.Stages;

namespace KubePivot.Images;

/// <summary>
/// Downloads what a release needs on the nodes besides images: kubelet, kubectl, CNI plugins, and container runtime and etcd where Debian's
/// are too old. Every file is compared with its published checksum before anything is taken from it.
/// </summary>
/// <param name="mirror">A server that holds each release site in a folder of its host name; null: the sites themselves.</param>
/// <param name="workFolder">For the downloads; what is there already and right is not asked for again. The caller deletes it.</param>
public sealed class UpstreamKubernetes(StageContext context, HttpClient client, string? mirror, string workFolder)
{
    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    /// <summary>Makes the folder of artifacts.</summary>
    /// <param name="folder">See <see cref="KubernetesArtifacts"/>.</param>
    /// <exception cref="StageException">A site cannot be reached, does not have the file, or gives another one; or an archive lacks a program.</exception>
    public async Task FetchAsync(IReadOnlyList<ProgramDownload> programs, string folder)
    {
        using var step = context.Reporter.Step("download Kubernetes");
        foreach (var program in programs.Select(program => program.From(mirror)))
        {
            context.Reporter.Info($"Downloading {program.Name} from {program.Address}");
            var file = await DownloadAsync(program).ConfigureAwait(false);
            Place(program, file, folder);
        }
    }

    private async Task<string> DownloadAsync(ProgramDownload program)
    {
        var download = new Download(client, context.Reporter, context.Clock);
        var published = await download.TextAsync(program.Checksum, context.CancellationToken).ConfigureAwait(false);
        var sha256 = PublishedChecksum.Find(published, program.FileName)
            ?? throw new StageException($"{program.Checksum} does not tell the SHA-256 of {program.FileName}: without it, {program.Name} is not used. Is that server, or the mirror, what it should be?");
        return await download.FileAsync(program.Address, sha256, Path.Combine(workFolder, "downloads", program.FileName), context.CancellationToken).ConfigureAwait(false);
    }

    private static void Place(ProgramDownload program, string file, string folder)
    {
        if (!program.IsArchive)
        {
            File.Copy(file, Prepared(folder, program, program.Files.Single()), overwrite: true);
        }
        else
        {
            Unpack(program, file, folder);
        }

        foreach (var name in program.Files)
        {
            var placed = Prepared(folder, program, name);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(placed, Executable);
            }

            if (ElfProgram.ArchitectureOf(placed) != KubernetesArtifacts.Architecture)
            {
                throw new StageException($"{program.Address}: {name} is no Linux program for {KubernetesArtifacts.Architecture}, though its checksum is the published one. Is the address in templates/releases.yaml right?");
            }
        }
    }

    private static void Unpack(ProgramDownload program, string file, string folder)
    {
        var missing = program.Files.ToHashSet(StringComparer.Ordinal);
        using (var reader = new TarReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress)))
        {
            while (missing.Count > 0 && reader.GetNextEntry() is { } entry)
            {
                var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (missing.Remove(name))
                {
                    entry.ExtractToFile(Prepared(folder, program, name), overwrite: true);
                }
            }
        }

        if (missing.Count > 0)
        {
            throw new StageException($"{program.Address} holds no {string.Join(", no ", missing.Order(StringComparer.Ordinal))}, which templates/releases.yaml says it does.");
        }
    }

    /// <summary>Where a program belongs among the artifacts; its folder is made.</summary>
    private static string Prepared(string folder, ProgramDownload program, string name)
    {
        var file = Path.GetFileName(name);
        var place = KubernetesArtifacts.Programs.Contains(file) ? Path.Combine(folder, "bin") : Path.Join(folder, KubernetesArtifacts.NodeFolder, program.Folder);
        return Path.Combine(Directory.CreateDirectory(place).FullName, file);
    }
}
