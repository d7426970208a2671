using System.Globalization;

namespace KubePivot.Diagnosis;

/// <summary>Something that happened at one moment, whoever tells of it.</summary>
/// <param name="Time">By the clock of the place it happened at.</param>
/// <param name="Where">Name of the node; <c>build</c> for the build host.</param>
/// <param name="Source">Who tells of it, as in <c>systemd</c>, <c>event</c>, <c>container</c>.</param>
public sealed record TimelineMoment(DateTimeOffset Time, string Where, string Source, string What)
{
    /// <summary>In columns, the time first.</summary>
    public override string ToString() =>
        $"{Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)}Z  {Where,-12} {Source,-10} {What}";
}
