namespace KubePivot.Benchmarks;

/// <summary>One figure of the benchmark.</summary>
/// <param name="What">What was measured, in words.</param>
/// <param name="Median">The middle one of the runs.</param>
/// <param name="Unit"><c>s</c> or <c>MiB</c>.</param>
/// <param name="Bound">What it must not exceed, in the same unit; null where there is no bound.</param>
/// <param name="Runs">How many runs were counted.</param>
public sealed record Measurement(string What, double Median, string Unit, double? Bound, int Runs = 1)
{
    /// <summary>Within the bound; true where there is none.</summary>
    public bool Holds => Bound == null || Median <= Bound;

    /// <summary>A table of figures, one line each, with the ratio to the bound: machines are noisy, ratios of one run are not.</summary>
    public static IEnumerable<string> Table(IReadOnlyList<Measurement> measurements)
    {
        var width = measurements.Max(measurement => measurement.What.Length);
        foreach (var measurement in measurements)
        {
            var bound = measurement.Bound == null ? "" : $"   bound {measurement.Bound:0.##} {measurement.Unit}, ratio {measurement.Median / measurement.Bound:0.00}{(measurement.Holds ? "" : "  EXCEEDED")}";
            yield return $"{measurement.What.PadRight(width)}  {measurement.Median,8:0.00} {measurement.Unit,-4} median of {measurement.Runs}{bound}";
        }
    }
}
