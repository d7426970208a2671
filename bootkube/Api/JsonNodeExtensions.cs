using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bootkube.Api;

/// <summary>Reads single values out of API objects, where any part may be absent.</summary>
internal static class JsonNodeExtensions
{
    /// <summary>The node at a path of names, or null.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }

    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The whole number at a path; 0, as the API leaves it out, if there is none.</summary>
    public static int Number(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<int>(out var number) ? number : 0;

    /// <summary>The time at a path; the end of time if there is none.</summary>
    public static DateTimeOffset Time(this JsonNode? node, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(node.Text(path), CultureInfo.InvariantCulture, out var time) ? time : DateTimeOffset.MaxValue;

    public static IEnumerable<JsonNode> Items(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray items ? items.OfType<JsonNode>() : [];

    /// <summary>Whether the object's <c>status.conditions</c> has this one with status True.</summary>
    public static bool HasCondition(this JsonNode node, string type) =>
        node.Items("status", "conditions").Any(condition => condition.Text("type") == type && condition.Text("status") == "True");

    /// <summary>Text as JSON; null if it is none.</summary>
    public static JsonNode? Parse(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
