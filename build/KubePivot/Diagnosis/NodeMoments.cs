using System.Globalization;
using System.Text.RegularExpressions;

namespace KubePivot.Diagnosis;

/// <summary>Reads the moments out of what diagnose-node.sh wrote. Pure.</summary>
internal static partial class NodeMoments
{
    /// <summary>systemd's words about a unit's state; it says more that is of no interest here.</summary>
    private static readonly string[] States = ["Start", "Stop", "Main process exited", "Failed", "Scheduled restart", "Control process exited", "OOM", "killed", "Deactivated"];

    public static IEnumerable<TimelineMoment> Of(string node, IReadOnlyDictionary<string, string> files) =>
    [
        .. Lines(files, "journal/systemd.txt").Select(line => Entry(node, line)).OfType<TimelineMoment>(),
        .. Lines(files, "moments.txt").Select(line => Marked(node, line)).OfType<TimelineMoment>(),
        .. Lines(files, "created.txt").Select(line => Created(node, line)).OfType<TimelineMoment>(),
    ];

    private static string[] Lines(IReadOnlyDictionary<string, string> files, string path) => files.GetValueOrDefault(path, "").Split('\n');

    /// <summary>A line of the journal, in journalctl's form short-iso-precise.</summary>
    private static TimelineMoment? Entry(string node, string line) =>
        JournalLine().Match(line) is { Success: true } found && States.Any(state => found.Groups["text"].Value.Contains(state, StringComparison.Ordinal))
        && found.Groups["text"].Value.Contains(".service", StringComparison.Ordinal) && TimeOf(found.Groups["time"].Value) is { } time
            ? new TimelineMoment(time, node, "systemd", found.Groups["text"].Value.TrimEnd())
            : null;

    /// <summary>SECONDS|WHAT.</summary>
    private static TimelineMoment? Marked(string node, string line) =>
        line.Split('|', 2) is [var seconds, var what] && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var since) && since < 253402300800
            ? new TimelineMoment(DateTimeOffset.FromUnixTimeSeconds(since), node, "node", what.TrimEnd())
            : null;

    /// <summary>TIME|NAMESPACE/POD|CONTAINER|ID.</summary>
    private static TimelineMoment? Created(string node, string line) =>
        line.Trim().Split('|') is [var at, var pod, var container, var id] && TimeOf(at) is { } time
            ? new TimelineMoment(time, node, "containerd", $"created {container} of {pod} ({id})")
            : null;

    private static DateTimeOffset? TimeOf(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    [GeneratedRegex(@"^(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+[+-]\d\d:?\d\d) \S+ systemd\[1\]: (?<text>.*)$")]
    private static partial Regex JournalLine();
}
