namespace KubePivot.Preflight;

/// <summary>How far a node's clock is ahead of the build host's, as far as it can be known.</summary>
/// <param name="Seconds">Negative: it is behind.</param>
/// <param name="Uncertainty">The true offset differs from this by at most so many seconds: half of the time that the answer took.</param>
public sealed record ClockOffset(double Seconds, double Uncertainty)
{
    /// <summary>Measures it, as NTP does: the node read its clock at some moment between question and answer.</summary>
    /// <param name="node">What the node's clock showed, in seconds since 1970.</param>
    /// <param name="asked">What this host's clock showed when it asked.</param>
    /// <param name="answered">What it showed when the answer was there.</param>
    public static ClockOffset Between(double node, DateTimeOffset asked, DateTimeOffset answered)
    {
        var (first, last) = (Seconds1970(asked), Seconds1970(answered));
        return new ClockOffset(node - ((first + last) / 2), (last - first) / 2);
    }

    /// <summary>What it is at least, in either direction.</summary>
    public double AtLeast => Math.Max(0, Math.Abs(Seconds) - Uncertainty);

    private static double Seconds1970(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;
}
