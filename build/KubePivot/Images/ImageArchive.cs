using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KubePivot.Images;

/// <summary>An image that an archive holds.</summary>
/// <param name="References">Its full names with tags; an archive may give it several, or none.</param>
/// <param name="Os">As in <c>linux</c>.</param>
/// <param name="Architecture">As in <c>amd64</c>.</param>
public sealed record ArchivedImage(IReadOnlyList<string> References, string Os, string Architecture);

/// <summary>
/// Reads which images an archive holds: what <c>docker save</c>, <c>ctr images export</c>, <c>skopeo copy</c> write, plain or with gzip
/// (the docker-archive of <c>manifest.json</c>; the OCI image layout, https://github.com/opencontainers/image-spec/blob/main/image-layout.md).
/// </summary>
public static class ImageArchive
{
    /// <summary>Manifests, indexes and configurations are smaller, layers of any use are not looked into.</summary>
    private const int LargestDocument = 4 * 1024 * 1024;

    private const int LargestDepth = 4;

    /// <exception cref="InvalidDataException">The file is no such archive, or it ends too early; the message says what is missing.</exception>
    public static IReadOnlyList<ArchivedImage> Read(string file)
    {
        var documents = ReadDocuments(file);
        try
        {
            return documents.ContainsKey("manifest.json") ? ReadDockerArchive(documents)
                : documents.ContainsKey("index.json") ? ReadLayout(documents)
                : throw new InvalidDataException("holds neither manifest.json (docker-archive) nor index.json (OCI image layout)");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"has a manifest that cannot be read ({exception.Message.TrimEnd('.')})", exception);
        }
    }

    private static Dictionary<string, byte[]> ReadDocuments(string file)
    {
        try
        {
            return ReadSmallFiles(file);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"is no whole tar archive ({exception.Message.TrimEnd('.')})", exception);
        }
    }

    /// <summary>Every small file of the archive that may be a document, by its name.</summary>
    private static Dictionary<string, byte[]> ReadSmallFiles(string file)
    {
        using var stream = File.OpenRead(file);
        var zipped = stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b;
        stream.Position = 0;
        using var unzipped = zipped ? new GZipStream(stream, CompressionMode.Decompress) : (Stream)stream;
        using var reader = new TarReader(unzipped);
        var documents = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } data && entry.Length <= LargestDocument)
            {
                using var content = new MemoryStream();
                data.CopyTo(content);
                documents[entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name] = content.ToArray();
            }
        }

        return documents;
    }

    private static List<ArchivedImage> ReadDockerArchive(Dictionary<string, byte[]> documents) =>
        [.. Parse(documents, "manifest.json").AsArray().Select(image =>
        {
            var references = image!["RepoTags"]?.AsArray().Select(reference => reference!.GetValue<string>()) ?? [];
            return Image([.. references], Parse(documents, image["Config"]!.GetValue<string>()));
        })];

    private static List<ArchivedImage> ReadLayout(Dictionary<string, byte[]> documents) =>
        [.. Parse(documents, "index.json")["manifests"]!.AsArray().SelectMany(entry => Manifests(documents, entry!, 0)
            .Select(manifest => Image(Names(entry!), Parse(documents, Blob(manifest["config"]!)))))];

    /// <summary>The manifests behind an entry of an index, which may be an index itself (images for several architectures).</summary>
    private static IEnumerable<JsonNode> Manifests(Dictionary<string, byte[]> documents, JsonNode entry, int depth)
    {
        // One may lie in another; one that lies in itself has no end.
        var document = depth <= LargestDepth ? Parse(documents, Blob(entry)) : throw new InvalidDataException($"has indexes within indexes, {depth} deep");
        return document["manifests"] is JsonArray nested
            ? nested.Where(inner => documents.ContainsKey(Blob(inner!))).SelectMany(inner => Manifests(documents, inner!, depth + 1))
            : document["config"]?["mediaType"]?.GetValue<string>().Contains("config", StringComparison.Ordinal) == true && document["layers"] != null ? [document] : [];
    }

    /// <summary>containerd writes the full name; others write a tag, or a full name, where the specification has its annotation.</summary>
    private static IReadOnlyList<string> Names(JsonNode entry) =>
        [.. new[] { "io.containerd.image.name", "org.opencontainers.image.ref.name" }
            .Select(name => entry["annotations"]?[name]?.GetValue<string>()).OfType<string>().Where(name => name.Contains('/', StringComparison.Ordinal)).Take(1)];

    private static ArchivedImage Image(IReadOnlyList<string> references, JsonNode configuration) =>
        new(references, configuration["os"]?.GetValue<string>() ?? "", configuration["architecture"]?.GetValue<string>() ?? "");

    private static string Blob(JsonNode descriptor) => $"blobs/{descriptor["digest"]!.GetValue<string>().Replace(':', '/')}";

    private static JsonNode Parse(Dictionary<string, byte[]> documents, string name) =>
        documents.TryGetValue(name, out var content) ? JsonNode.Parse(content) ?? throw new JsonException($"{name} is null") : throw new InvalidDataException($"names {name}, but does not hold it");
}
