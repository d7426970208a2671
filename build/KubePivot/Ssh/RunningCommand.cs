using System.Net.Sockets;
using System.Text;
using KubePivot.Commands;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace KubePivot.Ssh;

/// <summary>One command on a node, from its start to its exit code.</summary>
internal sealed class RunningCommand : IDisposable
{
    private static readonly string[] SignalNames = ["", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM"];

    /// <summary>What the node said last has arrived, or it has not: it only must be taken in.</summary>
    private static readonly TimeSpan EndIsTold = TimeSpan.FromSeconds(2);

    private readonly string node;
    private readonly string shown;
    private readonly SshCommand command;
    private readonly TaskCompletionSource<string> brokenOff = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? lastLine;
    private Stream? sent;
    private long lines;

    /// <param name="shown">The command as messages show it.</param>
    public RunningCommand(SshClient client, string node, string commandLine, string shown)
    {
        this.node = node;
        this.shown = shown;
        try
        {
            command = client.CreateCommand(commandLine, Encoding.UTF8);
        }
        catch (SshConnectionException exception)
        {
            throw Lost(exception);
        }
    }

    /// <summary>Grows with each line that comes and each packet that goes.</summary>
    public long Activity => Interlocked.Read(ref lines) + (sent?.Position ?? 0);

    /// <summary>Ends the command here as lost, with this reason.</summary>
    public void BreakOff(string reason) => brokenOff.TrySetResult(reason);

    /// <inheritdoc cref="NodeConnection.RunAsync(string, Action{Stream}?, Action{string}?, string?, CancellationToken)"/>
    /// <param name="output">Takes standard output as it comes, byte for byte; the result holds none of it then.</param>
    public async Task<CommandResult> ToEndAsync(Action<Stream>? writeInput, Action<string>? onLine, Stream? output, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // Opening the channel blocks until the node answers, and so does each full window of input: threads of their own.
            var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var ending = OwnThread(() =>
            {
                var execution = command.ExecuteAsync(cancellationToken);
                opened.SetResult();
                return execution;
            }).Unwrap();
            await Task.WhenAny(opened.Task, ending).ConfigureAwait(false);
            if (!opened.Task.IsCompleted)
            {
                await ending.ConfigureAwait(false);
            }

            (Task<string> Output, Task<string> Error)? outputs = output != null ? Copy(output) : onLine == null ? null : ReadLines(onLine);
            if (writeInput != null)
            {
                await SendAsync(writeInput, ending).ConfigureAwait(false);
            }

            if (await Task.WhenAny(ending, brokenOff.Task).ConfigureAwait(false) == brokenOff.Task)
            {
                throw new SshConnectionException(await brokenOff.Task.ConfigureAwait(false));
            }

            await ending.ConfigureAwait(false);
            return await ResultAsync(outputs).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SshException or SocketException or ObjectDisposedException && !cancellationToken.IsCancellationRequested)
        {
            throw Lost(exception);
        }
    }

    public void Dispose()
    {
        try
        {
            command.Dispose();
        }
        catch (Exception exception) when (exception is SshException or SocketException or ObjectDisposedException)
        {
            // The connection broke and took the channel along; nobody is left to say goodbye to.
        }
    }

    private static Task<T> OwnThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Sends a first empty line and then the input while the command runs. One that ends early leaves the rest unsent: its exit code and words say why.</summary>
    private async Task SendAsync(Action<Stream> writeInput, Task ending)
    {
        var sending = OwnThread(() =>
        {
            // The channel makes a packet of each write; disposal sends what is left, and the end of the input.
            sent = command.CreateInputStream();
            using var stream = new BufferedStream(sent, 64 * 1024);
            stream.WriteByte((byte)'\n');
            writeInput(stream);
            return true;
        });
        if (await Task.WhenAny(sending, ending, brokenOff.Task).ConfigureAwait(false) == sending)
        {
            try
            {
                await sending.ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SshException or SocketException or ObjectDisposedException)
            {
                // sshd ends the connection when input comes for a command that has ended; that the command did was told before.
                await Task.WhenAny(ending, Task.Delay(EndIsTold)).ConfigureAwait(false);
                if (!ending.IsCompletedSuccessfully)
                {
                    throw;
                }
            }
        }
        else
        {
            _ = sending.ContinueWith(late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    private (Task<string> Output, Task<string> Error) ReadLines(Action<string> onLine) =>
        (OwnThread(() => ReadLines(command.OutputStream, onLine)), OwnThread(() => ReadLines(command.ExtendedOutputStream, onLine)));

    private (Task<string> Output, Task<string> Error) Copy(Stream output) =>
        (OwnThread(() => Copy(command.OutputStream, output)), OwnThread(() => ReadLines(command.ExtendedOutputStream, _ => { })));

    private string Copy(Stream from, Stream to)
    {
        var buffer = new byte[64 * 1024];
        while (from.Read(buffer) is > 0 and var count)
        {
            to.Write(buffer, 0, count);
            Interlocked.Increment(ref lines);
        }

        return "";
    }

    private string ReadLines(Stream stream, Action<string> onLine)
    {
        var (text, redactor) = (new StringBuilder(), new Redactor());
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } raw)
        {
            var line = redactor.Line(raw);
            text.Append(line).Append('\n');
            lastLine = line;
            Interlocked.Increment(ref lines);
            onLine(line);
        }

        return text.ToString();
    }

    private async Task<CommandResult> ResultAsync((Task<string> Output, Task<string> Error)? outputs)
    {
        var output = outputs == null ? Redactor.Text(command.Result) : await outputs.Value.Output.ConfigureAwait(false);
        var error = outputs == null ? Redactor.Text(command.Error) : await outputs.Value.Error.ConfigureAwait(false);
        if (command.ExitStatus is { } code)
        {
            return new CommandResult(node, shown, code, output, error);
        }

        if (command.ExitSignal is { } signal)
        {
            return new CommandResult(node, shown, 128 + Math.Max(0, Array.IndexOf(SignalNames, signal)), output, $"{error}Ended by signal SIG{signal}.\n");
        }

        lastLine ??= (output + error).TrimEnd().Split('\n')[^1] is { Length: > 0 } last ? last : null;
        throw Lost(new SshConnectionException("the session ended without an exit code."));
    }

    private NodeConnectionLostException Lost(Exception reason) => new(node, shown, lastLine, reason.Message, reason);
}
