namespace KubePivot.Resuming;

/// <summary>Whether a target runs, and why.</summary>
/// <param name="Skips">The target is skipped.</param>
/// <param name="Reason">For the summary table and <c>Status</c>, as in <c>done 2026-11-24 04:14Z</c>.</param>
public sealed record MarkerDecision(bool Skips, string Reason)
{
    /// <summary>The one rule of skipping; pure.</summary>
    /// <param name="marker">The target's marker, or null.</param>
    /// <param name="hasSkipFile">A hand-made <c>TARGET.skip</c> wins over everything, <c>--force</c> included.</param>
    /// <param name="forced">The target was named together with <c>--force</c>.</param>
    /// <param name="fingerprint">The inputs as they are now; asked for only if the answer depends on it.</param>
    public static MarkerDecision Of(Marker? marker, bool hasSkipFile, bool forced, Func<string> fingerprint) =>
        hasSkipFile ? new(true, "by its .skip file")
        : forced ? new(false, "forced")
        : marker == null ? new(false, "not done yet")
        : marker.Fingerprint != fingerprint() ? new(false, "its inputs changed")
        : new(true, $"done {marker.Finished.UtcDateTime:yyyy-MM-dd HH:mm}Z");
}
