using System.Globalization;
using System.Text.RegularExpressions;

namespace KubePivot.Diagnosis;

/// <summary>Looks for causes in all that was gathered. Pure.</summary>
internal static partial class CauseSearch
{
    private const string EtcdJournal = "/journal/etcd.txt: ";

    /// <summary>
    /// What was said so long before a node's last words is history: every cluster that starts has lines about peers that are not
    /// there yet.
    /// </summary>
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(15);

    /// <summary>What etcd says of its own trouble while it has it.</summary>
    private static readonly TimeSpan JustNow = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The causes that show: first those that were seen directly, then those that only logs speak of; of each the most probable first.
    /// Before a quorum that is lost goes what etcd says of it just now: a full disk, a port, a clock, a certificate.
    /// </summary>
    /// <returns>The evidence of those of logs begins with the file that it is from.</returns>
    public static IReadOnlyList<ProbableCause> In(IEnumerable<SupportFile> files, IEnumerable<SupportFinding> findings)
    {
        var places = files.Where(file => file.IsEvidence).GroupBy(file => PlaceOf(file.Path)).ToList();
        var seen = ProbableCause.AllIn(findings.Select(finding => finding.ToString())).ToList();
        var reasons = seen.All(cause => cause.Words != ProbableCause.LostQuorum)
            ? []
            : ProbableCause.AllIn(places.SelectMany(place => RecentLines(place, JustNow)).Where(line => line.Contains(EtcdJournal, StringComparison.Ordinal))).TakeWhile(cause => cause.Words != ProbableCause.LostQuorum).ToList();
        return [.. reasons.Concat(seen).Concat(ProbableCause.AllIn(places.SelectMany(place => RecentLines(place, Recent)))).DistinctBy(cause => cause.Words)];
    }

    /// <summary>The time that a line begins with, in the forms of journalctl, containerd, dmesg and our own; null: none.</summary>
    public static DateTimeOffset? TimeOf(string line) =>
        Stamp().Match(line) is { Success: true } stamp
        && DateTimeOffset.TryParse($"{stamp.Groups["time"].Value}{(stamp.Groups["zone"].Value is { Length: > 1 } zone ? zone : "Z")}", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    /// <summary>One node's files have one clock.</summary>
    private static string PlaceOf(string path) => string.Join('/', path.Split('/').Take(2));

    private static IEnumerable<string> RecentLines(IEnumerable<SupportFile> place, TimeSpan recent)
    {
        var lines = place.SelectMany(file => file.Text.Split('\n').Select(line => (file.Path, Line: line, Time: TimeOf(line)))).ToList();
        var last = lines.Max(line => line.Time);
        return lines.Where(line => line.Time == null || last == null || line.Time > last - recent)
            .OrderBy(line => line.Time ?? DateTimeOffset.MinValue)
            .Select(line => $"{line.Path}: {line.Line}");
    }

    [GeneratedRegex(@"^(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([.,]\d+)?(?<zone>Z|[+-]\d\d:?\d\d)?")]
    private static partial Regex Stamp();
}
