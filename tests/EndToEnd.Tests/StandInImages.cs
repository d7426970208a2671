using System.Formats.Tar;
using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Images;

namespace KubePivot.EndToEnd;

/// <summary>
/// Images of stand-ins (<c>StandIn/stand-in.c</c>), under the names that the release catalogue has for the programs they stand for,
/// with Debian's busybox to look around in them. The same sources give the same bytes.
/// </summary>
/// <param name="checkout">Where source and catalogue are read.</param>
/// <param name="bundle">Folder of the bundle that the images are put into.</param>
internal sealed class StandInImages(string checkout, string bundle)
{
    /// <summary>The shell of the images.</summary>
    public const string Busybox = "/bin/busybox";

    /// <summary>Where Headlamp's user may write, as in its own image: it puts the path it is served under into this page.</summary>
    public const string HeadlampPage = "headlamp/frontend/index.html";

    /// <summary>User and group of Headlamp's image. Source: kubernetes-sigs/headlamp, Dockerfile and charts/headlamp/values.yaml.</summary>
    private const int HeadlampUser = 100, HeadlampGroup = 101;

    private const UnixFileMode Everybodys = (UnixFileMode)0b001_111_111_111, Owners = (UnixFileMode)0b111_101_101;

    private static readonly string[] Programs = ["headlamp", "kubernetes-dashboard", "traefik"];

    /// <summary>Compiles the stand-in and puts its images into the bundle, which is sealed again.</summary>
    public async Task AddAsync()
    {
        var version = Bundle.Load(bundle, KubernetesArtifacts.Architecture, everyByte: false).Version;
        var catalogue = ReleaseCatalogue.Load(new ClusterPaths(checkout));
        var upstream = new KubernetesRelease(version, KubernetesSource.Upstream);
        var work = Directory.CreateTempSubdirectory("kubepivot-stand-ins-").FullName;
        try
        {
            var layers = new[] { BusyboxLayer(work), FoldersLayer(work), await ProgramLayerAsync(work) };
            foreach (var program in Programs)
            {
                layers.Aggregate(new ContainerImage(catalogue.Image(upstream, program), KubernetesArtifacts.Architecture), (image, layer) => image.WithLayer(layer))
                    .WithEntrypoint("/stand-in", program)
                    .Save(Path.Combine(bundle, "images", $"stand-in-for-{program}.tar"));
            }

            Bundle.Seal(bundle, version, KubernetesArtifacts.Architecture);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private async Task<string> ProgramLayerAsync(string work)
    {
        var (source, program, layer) = (Path.Combine(checkout, "tests", "EndToEnd.Tests", "StandIn", "stand-in.c"), Path.Combine(work, "stand-in"), Path.Combine(work, "stand-in.layer.tar"));
        (await LocalCommand.RunAsync("gcc", ["-Os", "-s", "-static", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-o", program, source, "-lssl", "-lcrypto"]))
            .ThrowOnFailure("The stand-in does not compile", "It needs Debian's packages gcc, libc6-dev and libssl-dev.");
        ContainerImage.WriteProgramLayer(layer, program, "stand-in");
        return layer;
    }

    /// <summary>The layer of source debian's default backend that holds busybox.</summary>
    private string BusyboxLayer(string work)
    {
        var layer = Path.Combine(work, "busybox.layer.tar");
        using var image = new TarReader(File.OpenRead(Path.Combine(bundle, "images", $"{DefaultBackendImage.Component}.tar")));
        while (image.GetNextEntry() is { } entry)
        {
            if (entry.Name.EndsWith("/layer.tar", StringComparison.Ordinal))
            {
                entry.ExtractToFile(layer, overwrite: true);
                if (Names(layer).Contains(Busybox.TrimStart('/')))
                {
                    return layer;
                }
            }
        }

        throw new InvalidOperationException($"{bundle} has no default backend with {Busybox}.");
    }

    private static IEnumerable<string> Names(string layer)
    {
        using var reader = new TarReader(File.OpenRead(layer));
        while (reader.GetNextEntry() is { } entry)
        {
            yield return entry.Name;
        }
    }

    private static string FoldersLayer(string work)
    {
        var layer = Path.Combine(work, "folders.layer.tar");
        using var writer = new TarWriter(File.Create(layer), TarEntryFormat.Ustar);
        writer.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "tmp/") { Mode = Everybodys, ModificationTime = DateTimeOffset.UnixEpoch });
        foreach (var folder in new[] { "headlamp/", "headlamp/frontend/" })
        {
            writer.WriteEntry(new UstarTarEntry(TarEntryType.Directory, folder) { Mode = Owners, ModificationTime = DateTimeOffset.UnixEpoch, Uid = HeadlampUser, Gid = HeadlampGroup });
        }

        writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, HeadlampPage) { Mode = Owners, ModificationTime = DateTimeOffset.UnixEpoch, Uid = HeadlampUser, Gid = HeadlampGroup });
        return layer;
    }
}
