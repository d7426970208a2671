using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using KubePivot.Diagnosis;
using KubePivot.Files;

namespace KubePivot.Execution;

/// <summary>Something that took time.</summary>
/// <param name="Target">Name of the target.</param>
/// <param name="Node">The node it was done on; null for the build host.</param>
/// <param name="Step">What was done; null for the whole target.</param>
/// <param name="Start">UTC.</param>
/// <param name="End">UTC.</param>
/// <param name="PeakMemoryMib">The most memory that the build had had by then, in MiB, resident; of whole targets only. Programs that it started have their own.</param>
internal sealed record TimelineEntry(string Target, string? Node, string? Step, DateTimeOffset Start, DateTimeOffset End, double? PeakMemoryMib = null);

/// <summary>
/// What took how long, in <c>.cluster/timeline.json</c>: a JSON array, the oldest first, one entry a line, of all runs.
/// Thread-safe: nodes are worked on in parallel.
/// </summary>
internal sealed class Timeline(string file, TimeProvider clock)
{
    /// <summary>Entries that are kept; a run makes some fifty.</summary>
    public const int Limit = 5000;

    private readonly Lock access = new();

    private readonly List<TimelineEntry> entries = [];

    private string target = "";

    private DateTimeOffset began;

    /// <summary>From now on, steps belong to this target.</summary>
    public void Begin(string name)
    {
        lock (access)
        {
            target = name;
            began = clock.GetUtcNow();
            entries.Clear();
        }
    }

    /// <summary>Measures a step, from this call to the disposal of what it returns.</summary>
    public IDisposable Step(string step, string? node)
    {
        var start = clock.GetUtcNow();
        return new Running(() => Add(new TimelineEntry(target, node, step, start, clock.GetUtcNow())));
    }

    /// <summary>Beginnings and ends of all that earlier runs did.</summary>
    public IReadOnlyList<TimelineMoment> Moments() =>
    [
        .. Load().SelectMany(entry => new[] { (Time: entry.Start, Word: "begins"), (Time: entry.End, Word: "ends") }
            .Select(moment => new TimelineMoment(moment.Time, entry.Node ?? "build", "build", $"{entry.Target}{(entry.Step == null ? "" : $", {entry.Step}")} {moment.Word}"))),
    ];

    /// <summary>Ends the target, and appends what it did to the file, if there is a state folder to keep it in.</summary>
    public void End()
    {
        using var build = Process.GetCurrentProcess();
        Add(new TimelineEntry(target, null, null, began, clock.GetUtcNow(), Math.Round(build.PeakWorkingSet64 / 1048576.0, 1)));
        lock (access)
        {
            if (Directory.Exists(Path.GetDirectoryName(file)))
            {
                WriteFile();
            }
        }
    }

    /// <summary>The timeline only tells of the work: a disk that refuses it is no reason to fail, and the work will say so itself.</summary>
    private void WriteFile()
    {
        var all = Load().Concat(entries.OrderBy(entry => entry.Start)).TakeLast(Limit);
        try
        {
            AtomicFile.Write(file, $"[\n{string.Join(",\n", all.Select(entry => JsonSerializer.Serialize(entry, TimelineJson.Default.TimelineEntry)))}\n]\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.Debug("The timeline could not be written: {Reason:l}", exception.Message);
        }
    }

    private void Add(TimelineEntry entry)
    {
        lock (access)
        {
            entries.Add(entry);
        }
    }

    /// <summary>What earlier runs left. Whoever damages the file loses it: it is a record, nothing depends on it.</summary>
    private IReadOnlyList<TimelineEntry> Load()
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

    private sealed class Running(Action end) : IDisposable
    {
        private Action? end = end;

        public void Dispose() => Interlocked.Exchange(ref end, null)?.Invoke();
    }
}

[JsonSerializable(typeof(TimelineEntry))]
[JsonSerializable(typeof(IReadOnlyList<TimelineEntry>))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class TimelineJson : JsonSerializerContext;
