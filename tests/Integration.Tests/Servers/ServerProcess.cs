using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KubePivot.Waiting;

namespace KubePivot.Integration.Tests.Servers;

/// <summary>A real server program on loopback: started, asked until it answers, ended by its process id.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>A server that is not ready by then is broken; on a busy machine a good one takes some seconds.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly ConcurrentQueue<string> log = new();

    public ServerProcess(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => log.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => log.Enqueue(line.Data ?? "");
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>All that the server has written so far.</summary>
    public string Log => string.Join(Environment.NewLine, log);

    /// <summary>Waits until the look finds the server ready; fails at once, with the end of its log, when the server has ended.</summary>
    public Task ReadyAsync(string description, Func<CancellationToken, Task<string?>> whatIsMissing, CancellationToken cancellationToken = default) =>
        new Wait(TimeProvider.System, _ => { }).UntilAsync(
            description,
            Bound,
            TimeSpan.FromMilliseconds(150),
            async token =>
            {
                var missing = HasExited ? $"ended with exit code {process.ExitCode}" : await whatIsMissing(token);
                return new Observation(missing == null, missing ?? "", HasExited ? "the server has ended" : null);
            },
            _ => Task.FromResult(string.Join(Environment.NewLine, log.TakeLast(25))),
            cancellationToken);

    /// <summary>Ends the server the hard way, as a power cut would.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>Asks the server to end, as the kubelet does, and ends it the hard way if it still runs after the grace.</summary>
    public async Task TerminateAsync(TimeSpan grace)
    {
        using var patience = new CancellationTokenSource(grace);
        try
        {
            await EndAsync("TERM", patience.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
    }

    /// <summary>
    /// A port of loopback that nobody listens on right now, for a server that may come much later: none of those that the system
    /// gives to outgoing connections (from 32768 on), which would take it meanwhile.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }

    private async Task EndAsync(string signal, CancellationToken cancellationToken = default)
    {
        if (!HasExited)
        {
            using var kill = Process.Start("kill", ["-s", signal, $"{process.Id}"]);
            await kill.WaitForExitAsync(CancellationToken.None);
        }

        await process.WaitForExitAsync(cancellationToken);
    }
}
