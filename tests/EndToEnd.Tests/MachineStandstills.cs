using System.Diagnostics;

namespace KubePivot.EndToEnd;

/// <summary>
/// Notices when this machine itself stands still: for some time no program gets to run on it, or nothing reaches its disk. No cluster
/// on it can answer then, and what is measured is the machine.
/// </summary>
internal sealed class MachineStandstills : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    /// <summary>A busy machine is late by less.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500);

    private readonly ManualResetEventSlim stop = new();

    private readonly List<(long From, long To)> standstills = [];

    private readonly Thread beating;

    /// <param name="folder">On the disk that is looked at; a file is written there.</param>
    public MachineStandstills(string folder)
    {
        beating = new Thread(() => BeatOn(Path.Combine(folder, $"heartbeat-{Guid.NewGuid():N}"))) { IsBackground = true, Priority = ThreadPriority.Highest };
        beating.Start();
    }

    /// <summary>For how long the machine stood still between two moments of <see cref="Stopwatch"/>.</summary>
    public TimeSpan Between(long from, long to)
    {
        lock (standstills)
        {
            return standstills.Aggregate(TimeSpan.Zero, (sum, found) =>
                Math.Max(from, found.From) is var begin && Math.Min(to, found.To) is var end && begin < end ? sum + Stopwatch.GetElapsedTime(begin, end) : sum);
        }
    }

    public void Dispose()
    {
        stop.Set();
        beating.Join();
        stop.Dispose();
    }

    private void BeatOn(string file)
    {
        using var disk = File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write, options: FileOptions.DeleteOnClose);
        for (var last = Stopwatch.GetTimestamp(); !stop.Wait(Beat);)
        {
            RandomAccess.Write(disk, new byte[512], 0);
            RandomAccess.FlushToDisk(disk);
            var now = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(last, now) >= Beat + Shortest)
            {
                lock (standstills)
                {
                    standstills.Add((last, now));
                }
            }

            last = now;
        }
    }
}
