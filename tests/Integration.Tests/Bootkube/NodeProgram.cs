using System.Diagnostics;
using KubePivot.Bootkube;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>The node program as nodes get it: the one file that the build makes, run as a process of its own.</summary>
public sealed class NodeProgram : IAsyncDisposable
{
    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly Task reading;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITestOutputHelper? output = TestContext.Current.TestOutputHelper;
    private event Action? LineCame;

    private NodeProgram(string file, IEnumerable<string> arguments, string? searchPath = null)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (searchPath != null)
        {
            start.Environment["PATH"] = searchPath;
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        process = Process.Start(start)!;
        reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>The most memory that it has had so far, in bytes (VmHWM); it must not have ended.</summary>
    public long PeakMemory => File.ReadLines($"/proc/{process.Id}/status").Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) * 1024)
        .Single();

    /// <summary>All that it has written so far.</summary>
    public string Output
    {
        get
        {
            lock (lines)
            {
                return string.Join('\n', lines);
            }
        }
    }

    /// <summary>Root of the checkout that these tests were built from.</summary>
    public static string Checkout
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Directory.Packages.props")))
            {
                folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"No checkout above {AppContext.BaseDirectory}.");
            }

            return folder;
        }
    }

    /// <summary>Starts the program, which the build makes first if its sources have changed.</summary>
    public static async Task<NodeProgram> StartAsync(CancellationToken cancellationToken, params string[] arguments) =>
        new(await new BootkubeBuild(Checkout).EnsureAsync(cancellationToken: cancellationToken), arguments);

    /// <summary>Starts the program with another journalctl on its PATH.</summary>
    public static async Task<NodeProgram> StartAsync(PlayedJournal journal, CancellationToken cancellationToken, params string[] arguments) =>
        new(await new BootkubeBuild(Checkout).EnsureAsync(cancellationToken: cancellationToken), arguments, journal.SearchPath);

    /// <summary>Runs the program to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        await using var program = await StartAsync(cancellationToken, arguments);
        return (await program.ExitCodeAsync(cancellationToken), program.Output);
    }

    /// <summary>Returns when it has written a line with these words; fails if it ends without.</summary>
    public async Task SaysAsync(string words, CancellationToken cancellationToken)
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (Output.Contains(words, StringComparison.Ordinal))
            {
                said.TrySetResult();
            }
        }

        LineCame += Look;
        Look();
        await Task.WhenAny(said.Task, ended.Task).WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);
        LineCame -= Look;
        Assert.Contains(words, Output);
    }

    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        await reading;
        return process.ExitCode;
    }

    /// <summary>Sends a signal, as in <c>TERM</c> or <c>KILL</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await SignalAsync("KILL");
        }

        await ExitCodeAsync(CancellationToken.None);
        process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (lines)
            {
                lines.Add(line);
            }

            output?.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {line}");

            LineCame?.Invoke();
        }

        ended.TrySetResult();
    }
}
