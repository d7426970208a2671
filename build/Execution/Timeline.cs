using System.Diagnostics;
using KubePivot.Diagnosis;
using KubePivot.Files;

namespace KubePivot.Execution;

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
        .. TimelineEntry.Load(file).SelectMany(entry => new[] { (Time: entry.Start, Word: "begins"), (Time: entry.End, Word: "ends") }
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
        var all = TimelineEntry.Load(file).Concat(entries.OrderBy(entry => entry.Start)).TakeLast(Limit);
        try
        {
            AtomicFile.Write(file, $"[\n{string.Join(",\n", all.Select(entry => entry.ToJson()))}\n]\n");
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

    private sealed class Running(Action end) : IDisposable
    {
        private Action? end = end;

        public void Dispose() => Interlocked.Exchange(ref end, null)?.Invoke();
    }
}
