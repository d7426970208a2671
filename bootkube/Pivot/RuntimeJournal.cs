using System.ComponentModel;
using System.Diagnostics;

namespace Bootkube.Pivot;

/// <summary>Reads what containerd logs, from now until it is disposed of. Where there is no journal, it reads nothing.</summary>
internal sealed class RuntimeJournal : IAsyncDisposable
{
    private readonly Process? process;
    private readonly Task reading;

    private RuntimeJournal(Action<string> onLine)
    {
        try
        {
            process = Process.Start(new ProcessStartInfo("journalctl", ["--unit=containerd.service", "--follow", "--lines=0", "--output=cat", "--quiet"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
        }
        catch (Win32Exception)
        {
            // There is no journalctl: a container, or a test.
        }

        reading = process == null ? Task.CompletedTask : Task.WhenAll(ReadAsync(process.StandardOutput, onLine), ReadAsync(process.StandardError, _ => { }));
    }

    /// <param name="onLine">Called with each line, one at a time.</param>
    public static RuntimeJournal Follow(Action<string> onLine) => new(onLine);

    public async ValueTask DisposeAsync()
    {
        if (process != null)
        {
            process.Kill();
            await reading;
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    private static async Task ReadAsync(StreamReader reader, Action<string> onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            onLine(line);
        }
    }
}
