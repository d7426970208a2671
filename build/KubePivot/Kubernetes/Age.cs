namespace KubePivot.Kubernetes;

/// <summary>Spans of time as kubectl writes them: <c>45s</c>, <c>3m20s</c>, <c>5h</c>, <c>3d</c>.</summary>
/// <remarks>HumanDuration of https://github.com/kubernetes/apimachinery/blob/master/pkg/util/duration/duration.go.</remarks>
public static class Age
{
    /// <param name="age">Down to a second less than zero counts as zero: clocks differ.</param>
    public static string Of(TimeSpan age)
    {
        var (seconds, minutes, hours) = ((long)age.TotalSeconds, (long)age.TotalMinutes, (long)age.TotalHours);
        return seconds < -1 ? "<invalid>"
            : seconds < 0 ? "0s"
            : seconds < 120 ? $"{seconds}s"
            : minutes < 10 ? Pair(minutes, "m", seconds % 60, "s")
            : minutes < 180 ? $"{minutes}m"
            : hours < 8 ? Pair(hours, "h", minutes % 60, "m")
            : hours < 48 ? $"{hours}h"
            : hours < 24 * 8 ? Pair(hours / 24, "d", hours % 24, "h")
            : hours < 24 * 365 * 2 ? $"{hours / 24}d"
            : hours < 24 * 365 * 8 ? Pair(hours / 24 / 365, "y", hours / 24 % 365, "d")
            : $"{hours / 24 / 365}y";
    }

    private static string Pair(long number, string unit, long rest, string restUnit) => rest == 0 ? $"{number}{unit}" : $"{number}{unit}{rest}{restUnit}";
}
