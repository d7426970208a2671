using System.Text.Json;
using Nuke.Common.IO;

namespace Nuke.Common;

/// <summary>Values of <c>.nuke/parameters.json</c> and of the profiles <c>.nuke/parameters.NAME.json</c>, the last named first.</summary>
internal sealed class ParametersFiles
{
    private readonly AbsolutePath root;
    private readonly List<JsonElement> contents = [];

    public ParametersFiles(AbsolutePath root, IEnumerable<string> profiles)
    {
        this.root = root;
        foreach (var profile in profiles.Reverse())
        {
            var file = root / ".nuke" / $"parameters.{profile}.json";
            Assert.FileExists(file, $"Expected file to exist: {file}");
            contents.Add(Read(file));
        }

        var defaults = root / ".nuke" / "parameters.json";
        if (File.Exists(defaults))
        {
            contents.Add(Read(defaults));
        }
    }

    /// <summary>The value of the first file that has the name, exactly as spelled; null if none has. Paths are relative to the root.</summary>
    public object Get(string name, Type type)
    {
        foreach (var content in contents)
        {
            if (content.TryGetProperty(name, out var value))
            {
                return type == typeof(AbsolutePath)
                    ? AbsolutePath.Create(Path.Combine(root, value.GetString()))
                    : ValueConversion.Convert(value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(Text)] : [Text(value)], type);
            }
        }

        return null;
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();

    private static JsonElement Read(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file), new() { CommentHandling = JsonCommentHandling.Skip });
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new Exception($"{file} is no JSON: {exception.Message}");
        }
    }
}
