using System.Text.Json.Nodes;

namespace Bootkube.Applying;

/// <summary>Compares what an object says, leaving out what the server notes about it.</summary>
internal static class ObjectContent
{
    private static readonly string[] Notes = ["resourceVersion", "managedFields", "generation"];

    /// <summary>Whether two states of one object differ in more than status and the server's bookkeeping.</summary>
    public static bool Differs(JsonNode? before, JsonNode? after) => !JsonNode.DeepEquals(Content(before), Content(after));

    private static JsonObject? Content(JsonNode? node)
    {
        if (node?.DeepClone() is not JsonObject content)
        {
            return null;
        }

        content.Remove("status");
        foreach (var note in Notes)
        {
            (content["metadata"] as JsonObject)?.Remove(note);
        }

        return content;
    }
}
