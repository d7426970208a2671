using System.Text.Json;
using System.Text.Json.Serialization;

namespace KubePivot.Diagnosis;

/// <summary>Something that the build did and that took time: an entry of <c>.cluster/timeline.json</c>.</summary>
/// <param name="Target">Name of the target.</param>
/// <param name="Node">The node it was done on; null for the build host.</param>
/// <param name="Step">What was done; null for the whole target.</param>
/// <param name="Start">UTC.</param>
/// <param name="End">UTC.</param>
/// <param name="PeakMemoryMib">The most memory that the build had had by then, in MiB, resident; of whole targets only. Programs that it started have their own.</param>
public sealed record TimelineEntry(string Target, string? Node, string? Step, DateTimeOffset Start, DateTimeOffset End, double? PeakMemoryMib = null)
{
    [JsonIgnore]
    public TimeSpan Duration => End - Start;

    /// <summary>The entries of a file, the oldest first; none if there is no file. Whoever damages it loses it: it is a record, nothing depends on it.</summary>
    public static IReadOnlyList<TimelineEntry> Load(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), TimelineJson.Default.IReadOnlyListTimelineEntry) ?? [] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>The entries of whole targets.</summary>
    /// <inheritdoc cref="Load"/>
    public static IReadOnlyList<TimelineEntry> LoadTargets(string file) => [.. Load(file).Where(entry => entry.Step == null)];

    internal string ToJson() => JsonSerializer.Serialize(this, TimelineJson.Default.TimelineEntry);
}

[JsonSerializable(typeof(TimelineEntry))]
[JsonSerializable(typeof(IReadOnlyList<TimelineEntry>))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class TimelineJson : JsonSerializerContext;
