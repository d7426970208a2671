using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace KubePivot.EndToEnd;

/// <summary>One run of <c>./build.sh</c>, whose lines can be watched while it goes on.</summary>
public sealed class RunningBuild : IDisposable
{
    private readonly Process process;

    private readonly StringBuilder output = new();

    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();

    private RunningBuild(Process process) => this.process = process;

    /// <summary>All that was printed so far, both streams.</summary>
    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    public static RunningBuild Start(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(folder, "build.sh"))
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // Without colours: what is printed is read.
        start.Environment["TERM"] = "dumb";
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var build = new RunningBuild(new Process { StartInfo = start });
        build.process.OutputDataReceived += (_, line) => build.Take(line.Data);
        build.process.ErrorDataReceived += (_, line) => build.Take(line.Data);
        build.process.Start();
        build.process.StandardInput.Close();
        build.process.BeginOutputReadLine();
        build.process.BeginErrorReadLine();
        return build;
    }

    /// <summary>Waits for a line that holds <paramref name="text"/>; false if the build ends without one.</summary>
    public async Task<bool> SeesAsync(string text, TimeSpan bound)
    {
        using var timeout = new CancellationTokenSource(bound);
        var ended = process.WaitForExitAsync(timeout.Token).ContinueWith(_ => lines.Writer.TryComplete(), TaskScheduler.Default);
        await foreach (var line in lines.Reader.ReadAllAsync(timeout.Token))
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        await ended;
        return false;
    }

    /// <summary>Sends SIGKILL to the build alone: what it started meanwhile is left to itself, as after a crash.</summary>
    public void Kill() => process.Kill();

    /// <summary>Waits for the end and returns the exit code.</summary>
    public async Task<int> EndAsync(TimeSpan bound)
    {
        using var timeout = new CancellationTokenSource(bound);
        await process.WaitForExitAsync(timeout.Token);
        return process.ExitCode;
    }

    public void Dispose() => process.Dispose();

    private void Take(string? line)
    {
        if (line == null)
        {
            return;
        }

        lock (output)
        {
            output.AppendLine(line);
        }

        lines.Writer.TryWrite(line);
    }
}
