using System.Globalization;
using KubePivot;

namespace Bootkube.Checkpoint;

/// <summary>The sign of life that a liveness probe looks at: a file that is touched with every round.</summary>
/// <param name="file">Its folder must be there; null: no sign is given.</param>
internal sealed class Heartbeat(string? file, TimeProvider clock)
{
    /// <summary>A program that was silent for longer hangs: every round ends within some 20 s, whatever does not answer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    public void Beat()
    {
        if (file != null)
        {
            File.WriteAllText(file, clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        }
    }

    /// <exception cref="StageException">There was no sign of life within <see cref="Longest"/>.</exception>
    public void Check()
    {
        var last = file != null && File.Exists(file) && DateTimeOffset.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var time) ? time : DateTimeOffset.MinValue;
        if (clock.GetUtcNow() - last > Longest)
        {
            throw new StageException($"{file}: no sign of life within {Longest.TotalSeconds:0} s, the last was {(last == DateTimeOffset.MinValue ? "never" : $"at {last:HH:mm:ss}Z")}.");
        }
    }
}
