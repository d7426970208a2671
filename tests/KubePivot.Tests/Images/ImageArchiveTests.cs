using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class ImageArchiveTests : IDisposable
{
    private const string Configuration = """{ "os": "linux", "architecture": "arm64" }""";

    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-").FullName;

    private string File1 => Path.Combine(folder, "image.tar");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void An_archive_that_we_wrote_gives_its_name_and_processor()
    {
        TestImages.Write(File1, "registry.example/app:1");

        Same(["registry.example/app:1"], "amd64", ImageArchive.Read(File1));
    }

    [Fact]
    public void A_docker_archive_may_hold_several_images_and_be_zipped()
    {
        Write(
            ("manifest.json", """[{ "Config": "a.json", "RepoTags": ["registry.example/a:1", "registry.example/a:latest"] }, { "Config": "b.json", "RepoTags": null }]"""),
            ("a.json", Configuration),
            ("b.json", Configuration));
        using (var zipped = new GZipStream(File.Create($"{File1}.gz"), CompressionLevel.Fastest))
        {
            zipped.Write(File.ReadAllBytes(File1));
        }

        var images = ImageArchive.Read($"{File1}.gz");

        Assert.Equal(2, images.Count);
        Assert.Equal(["registry.example/a:1", "registry.example/a:latest"], images[0].References);
        Assert.Empty(images[1].References);
    }

    [Fact]
    public void An_OCI_layout_is_followed_from_its_index_to_the_configuration()
    {
        Write(
            ("./oci-layout", "{}"),
            ("./index.json", """{ "manifests": [{ "digest": "sha256:01", "annotations": { "io.containerd.image.name": "registry.example/app:1", "org.opencontainers.image.ref.name": "1" } }] }"""),
            ("./blobs/sha256/01", """{ "manifests": [{ "digest": "sha256:02", "platform": {} }, { "digest": "sha256:99" }] }"""),
            ("./blobs/sha256/02", """{ "config": { "digest": "sha256:03", "mediaType": "application/vnd.oci.image.config.v1+json" }, "layers": [] }"""),
            ("./blobs/sha256/03", Configuration));

        Same(["registry.example/app:1"], "arm64", ImageArchive.Read(File1));
    }

    [Fact]
    public void What_is_no_image_archive_is_said_to_be_none()
    {
        Write(("readme", "hello"));
        Assert.Contains("neither manifest.json", Assert.Throws<InvalidDataException>(() => ImageArchive.Read(File1)).Message);

        File.WriteAllText(File1, new string('x', 4000));
        Assert.Contains("no whole tar archive", Assert.Throws<InvalidDataException>(() => ImageArchive.Read(File1)).Message);

        Write(("manifest.json", "{ half"));
        Assert.Contains("cannot be read", Assert.Throws<InvalidDataException>(() => ImageArchive.Read(File1)).Message);

        Write(("manifest.json", """[{ "Config": "gone.json", "RepoTags": [] }]"""));
        Assert.Contains("names gone.json", Assert.Throws<InvalidDataException>(() => ImageArchive.Read(File1)).Message);
    }

    [Fact]
    public void An_archive_that_was_cut_off_is_not_whole()
    {
        TestImages.Write(File1, "registry.example/app:1", layerSize: 100_000);
        using (var stream = File.OpenWrite(File1))
        {
            stream.SetLength(stream.Length - 60_000);
        }

        Assert.Throws<InvalidDataException>(() => ImageArchive.Read(File1));
    }

    private static void Same(string[] references, string architecture, IReadOnlyList<ArchivedImage> images)
    {
        var image = Assert.Single(images);
        Assert.Equal(references, image.References);
        Assert.Equal(("linux", architecture), (image.Os, image.Architecture));
    }

    private void Write(params (string Name, string Text)[] entries)
    {
        using var writer = new TarWriter(File.Create(File1), TarEntryFormat.Pax);
        foreach (var (name, text) in entries)
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }
    }
}
