using System.Collections.Concurrent;
using System.Text;

namespace KubePivot.EndToEnd;

/// <summary>Keeps every command line that this machine's process list shows, machines in containers included, from the start to the end of this object.</summary>
internal sealed class ProcessListWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, bool> seen = new();

    private readonly CancellationTokenSource stop = new();

    private readonly Task watching;

    public ProcessListWatch() => watching = Task.Run(WatchAsync);

    /// <summary>All command lines so far, one a line.</summary>
    public string Text => string.Join('\n', seen.Keys);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await watching;
        stop.Dispose();
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        while (!stop.IsCancellationRequested)
        {
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(folder["/proc/".Length])))
            {
                try
                {
                    seen.TryAdd(Encoding.UTF8.GetString(File.ReadAllBytes($"{process}/cmdline")).Replace('\0', ' '), true);
                }
                catch (IOException)
                {
                    // It has ended since.
                }
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
