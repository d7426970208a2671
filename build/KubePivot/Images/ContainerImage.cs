using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KubePivot.Images;

/// <summary>
/// A container image put together from layers, written as a docker-archive: one tar with a manifest, a configuration and the layers
/// (OCI image specification, https://github.com/opencontainers/image-spec). The same input gives the same bytes; so the tars are in
/// the format ustar, for .NET writes its process id into those in pax.
/// </summary>
/// <param name="reference">Full name with tag, as in <c>kubepivot.local/kube-proxy:v1.20.2</c>.</param>
/// <param name="architecture">As in <c>amd64</c>.</param>
public sealed class ContainerImage(string reference, string architecture)
{
    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    /// <summary>1 January 1980: the least that every archive format can say. A time of today would make each build another image.</summary>
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<(string Name, string Hash, string File)> layers = [];

    private string[] entrypoint = [];

    /// <summary>Adds a layer that lies in a tar file.</summary>
    public ContainerImage WithLayer(string tarFile)
    {
        var hash = Checksums.Hash(tarFile);
        layers.Add(($"{hash}/layer.tar", hash, tarFile));
        return this;
    }

    /// <summary>What runs when a pod names no command.</summary>
    public ContainerImage WithEntrypoint(params string[] command)
    {
        entrypoint = command;
        return this;
    }

    /// <summary>Writes a layer that holds one program, or one other file.</summary>
    /// <param name="path">Where the program lies in the image, without leading slash, as in <c>usr/local/bin/kube-proxy</c>.</param>
    /// <param name="mode">Permission bits of the file; by default those of a program.</param>
    /// <param name="links">Symbolic links of the layer, and what they lead to.</param>
    public static void WriteProgramLayer(string tarFile, string programFile, string path, UnixFileMode mode = Executable, IReadOnlyDictionary<string, string>? links = null)
    {
        using var writer = new TarWriter(File.Create(tarFile), TarEntryFormat.Ustar);
        var folder = "";
        foreach (var part in path.Split('/')[..^1])
        {
            folder = $"{folder}{part}/";
            writer.WriteEntry(new UstarTarEntry(TarEntryType.Directory, folder) { Mode = Executable, ModificationTime = Epoch });
        }

        foreach (var (link, target) in links ?? new Dictionary<string, string>())
        {
            writer.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, link) { LinkName = target, ModificationTime = Epoch });
        }

        using var program = File.OpenRead(programFile);
        writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { Mode = mode, ModificationTime = Epoch, DataStream = program });
    }

    /// <summary>Writes the archive.</summary>
    public void Save(string file)
    {
        var configuration = JsonSerializer.SerializeToUtf8Bytes(
            new ImageConfiguration(
                architecture, "linux", Epoch.UtcDateTime, new ContainerConfiguration(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], entrypoint),
                new RootFileSystem("layers", [.. layers.Select(layer => $"sha256:{layer.Hash}")])),
            ImageJson.Default.ImageConfiguration);
        var name = $"{Convert.ToHexStringLower(SHA256.HashData(configuration))}.json";
        var manifest = JsonSerializer.SerializeToUtf8Bytes([new ArchiveManifest(name, [reference], [.. layers.Select(layer => layer.Name)])], ImageJson.Default.ArchiveManifestArray);
        using var writer = new TarWriter(File.Create(file), TarEntryFormat.Ustar);
        Write(writer, name, new MemoryStream(configuration));
        foreach (var layer in layers)
        {
            using var content = File.OpenRead(layer.File);
            Write(writer, layer.Name, content);
        }

        Write(writer, "manifest.json", new MemoryStream(manifest));
    }

    private static void Write(TarWriter writer, string name, Stream content) =>
        writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { ModificationTime = Epoch, DataStream = content });
}

internal sealed record ImageConfiguration(
    string Architecture, string Os, DateTime Created, ContainerConfiguration Config, [property: JsonPropertyName("rootfs")] RootFileSystem RootFileSystem);

internal sealed record ContainerConfiguration(
    [property: JsonPropertyName("Env")] IReadOnlyList<string> Environment, [property: JsonPropertyName("Entrypoint")] IReadOnlyList<string> Entrypoint);

internal sealed record RootFileSystem(string Type, [property: JsonPropertyName("diff_ids")] IReadOnlyList<string> LayerHashes);

internal sealed record ArchiveManifest(
    [property: JsonPropertyName("Config")] string Config, [property: JsonPropertyName("RepoTags")] IReadOnlyList<string> RepoTags, [property: JsonPropertyName("Layers")] IReadOnlyList<string> Layers);

[JsonSerializable(typeof(ImageConfiguration))]
[JsonSerializable(typeof(ArchiveManifest[]))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class ImageJson : JsonSerializerContext;
