using System.Net.Sockets;
using System.Text;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Stages;
using KubePivot.Waiting;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace KubePivot.Ssh;

/// <summary>One SSH connection to a node, whose host key is pinned. Commands run as root, several at once if need be.</summary>
public sealed class NodeConnection : IAsyncDisposable
{
    /// <summary>Bound of one attempt to connect, from the first packet to the accepted key.</summary>
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(300);

    private readonly SshClient client;

    private NodeConnection(SshEndpoint endpoint, SshClient client)
    {
        Endpoint = endpoint;
        this.client = client;
    }

    public SshEndpoint Endpoint { get; }

    public string Node => Endpoint.Node;

    /// <summary>False once the connection is known to be gone.</summary>
    public bool IsConnected => client.IsConnected;

    /// <summary>Connects to a node of the cluster.</summary>
    /// <param name="patience">How long a machine that refuses or does not answer (it boots) is asked again; null: asked once.</param>
    /// <exception cref="StageException">Unknown or changed host key, refused login, or no answer in time; says what to do.</exception>
    public static Task<NodeConnection> ConnectAsync(StageContext context, Node node, TimeSpan? patience = null) =>
        ConnectAsync(context, context.EndpointOf(node), patience);

    /// <inheritdoc cref="ConnectAsync(StageContext, Node, TimeSpan?)"/>
    public static async Task<NodeConnection> ConnectAsync(StageContext context, SshEndpoint endpoint, TimeSpan? patience)
    {
        if (patience == null)
        {
            return await ConnectAsync(endpoint, context.CancellationToken).ConfigureAwait(false);
        }

        NodeConnection? connection = null;
        await new Wait(context.Clock, line => context.Reporter.Info(line, endpoint.Node)).UntilAsync(
            $"SSH at {endpoint}",
            patience.Value,
            RetryInterval,
            async cancellationToken =>
            {
                (connection, var unreachable) = await TryConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
                return new Observation(connection != null, unreachable ?? "connected");
            },
            cancellationToken: context.CancellationToken).ConfigureAwait(false);
        return connection!;
    }

    /// <summary>Connects once.</summary>
    /// <inheritdoc cref="ConnectAsync(StageContext, Node, TimeSpan?)" path="/exception"/>
    public static async Task<NodeConnection> ConnectAsync(SshEndpoint endpoint, CancellationToken cancellationToken = default)
    {
        var (connection, unreachable) = await TryConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
        return connection ?? throw new StageException(
            $"{endpoint.Node}: no SSH connection to {endpoint}: {unreachable}. Is the machine running? ./build.sh Status shows the machines, ./build.sh VagrantUp starts them.");
    }

    /// <summary>Runs a command as root and returns what it left behind; a non-zero exit is a result, not an exception.</summary>
    /// <param name="command">A command line for sh. Must not hold secrets: the node's process list shows it. They go through <paramref name="writeInput"/>.</param>
    /// <param name="writeInput">Writes standard input, on a thread of its own; null: empty. Left alone if the command ends before. Its exceptions are passed on.</param>
    /// <param name="onLine">Called with each line of either output as it comes, from any thread.</param>
    /// <param name="shown">What messages show instead of a long program; null: the command.</param>
    /// <param name="cancellationToken">Ends the command: by SIGTERM where the server passes signals on (OpenSSH does not for root), else when it next writes.</param>
    /// <exception cref="NodeConnectionLostException">The connection broke before the command's exit code came.</exception>
    /// <exception cref="StageException">The user may not become root.</exception>
    public Task<CommandResult> RunAsync(
        string command, Action<Stream>? writeInput = null, Action<string>? onLine = null, string? shown = null, CancellationToken cancellationToken = default) =>
        RunAsync(command, writeInput, onLine, null, shown, cancellationToken);

    /// <summary>As <c>RunAsync</c>, for output that is no text: it is copied as it comes and is not in the result.</summary>
    public Task<CommandResult> CopyOutputAsync(string command, Stream output, string? shown = null, CancellationToken cancellationToken = default) =>
        RunAsync(command, null, null, output, shown, cancellationToken);

    private async Task<CommandResult> RunAsync(
        string command, Action<Stream>? writeInput, Action<string>? onLine, Stream? output, string? shown, CancellationToken cancellationToken)
    {
        // The library sends the end of the input only after some input: the first line is ours, and dropped again on the node.
        var fed = writeInput == null ? $"exec </dev/null; {command}" : $"read -r _; {command}";
        var wrapped = $"{(Endpoint.User == "root" ? "" : "sudo -n -- ")}sh -c {Quoted(fed)}";
        using var running = new RunningCommand(client, Node, wrapped, shown ?? command);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(running, ended.Token);
        try
        {
            var result = await running.ToEndAsync(writeInput, onLine, output, cancellationToken).ConfigureAwait(false);
            ThrowIfSudoRefused(result);
            return result;
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="RunAsync(string, Action{Stream}?, Action{string}?, string?, CancellationToken)"/>
    /// <param name="input">Standard input. Read to its end unless the command ends before.</param>
    public Task<CommandResult> RunAsync(
        string command, Stream input, Action<string>? onLine = null, string? shown = null, CancellationToken cancellationToken = default) =>
        RunAsync(command, input.CopyTo, onLine, shown, cancellationToken);

    /// <inheritdoc cref="RunAsync(string, Action{Stream}?, Action{string}?, string?, CancellationToken)"/>
    /// <param name="input">Standard input, sent as UTF-8.</param>
    public Task<CommandResult> RunAsync(
        string command, string input, Action<string>? onLine = null, string? shown = null, CancellationToken cancellationToken = default) =>
        RunAsync(command, stream => stream.Write(Encoding.UTF8.GetBytes(input)), onLine, shown, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Taking leave waits for the server's answer: off this thread, for nodes are left all at once.
        await Task.Run(client.Dispose).ConfigureAwait(false);
    }

    /// <summary>A word in single quotes, for sh.</summary>
    internal static string Quoted(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    /// <summary>Breaks the connection when the node gives no sign of life: a machine that lost its power says no goodbye, and TCP waits a quarter of an hour.</summary>
    private async Task WatchAsync(RunningCommand running, CancellationToken ended)
    {
        var bound = Endpoint.SilenceBound;
        try
        {
            while (true)
            {
                var before = running.Activity;
                await Task.Delay(bound, ended).ConfigureAwait(false);
                if (running.Activity == before && !await AnswersAsync(bound, ended).ConfigureAwait(false))
                {
                    running.BreakOff($"the machine has given no sign of life for {Wait.Words(2 * bound)}.");
                    _ = Task.Run(client.Dispose, CancellationToken.None);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The command has ended.
        }
    }

    private async Task<bool> AnswersAsync(TimeSpan bound, CancellationToken ended)
    {
        var answering = Task.Factory.StartNew(
            () =>
            {
                using var sign = client.CreateCommand("true");
                sign.Execute();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            await answering.WaitAsync(bound, ended).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            _ = answering.ContinueWith(late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return false;
        }
        catch (Exception exception) when (exception is SshException or SocketException or ObjectDisposedException)
        {
            // A broken connection ends the command by itself; a server that grants no second session has answered.
            return true;
        }
    }

    private static async Task<(NodeConnection? Connection, string? Unreachable)> TryConnectAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        var verification = new HostKeyVerification(endpoint);
        var client = new SshClient(ConnectionTo(endpoint, verification)) { KeepAliveInterval = TimeSpan.FromSeconds(15) };
        client.HostKeyReceived += verification.OnHostKeyReceived;

        // The library's handshake blocks: a thread of its own, so that many nodes at once do not wait for threads of the pool.
        var connecting = Task.Factory.StartNew(client.Connect, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
            return (new NodeConnection(endpoint, client), null);
        }
        catch (OperationCanceledException)
        {
            Abandon(connecting, client);
            throw;
        }
        catch (Exception exception)
        {
            Abandon(connecting, client);
            verification.ThrowIfRefused(exception);
            return exception switch
            {
                SocketException or SshConnectionException or SshOperationTimeoutException => (null, exception.Message.TrimEnd('.')),
                SshAuthenticationException => throw KeyRefused(endpoint, exception),
                _ => throw new StageException($"{endpoint.Node}: no SSH connection to {endpoint}: {exception.Message}", exception),
            };
        }
    }

    private static ConnectionInfo ConnectionTo(SshEndpoint endpoint, HostKeyVerification verification)
    {
        var method = new PrivateKeyAuthenticationMethod(endpoint.User, LoadKey(endpoint));
        var connection = new ConnectionInfo(endpoint.Address, endpoint.Port, endpoint.User, method) { Timeout = AttemptTimeout };
        SshAlgorithms.Restrict(connection, verification.Pinned);
        return connection;
    }

    private static PrivateKeyFile LoadKey(SshEndpoint endpoint)
    {
        try
        {
            return new PrivateKeyFile(endpoint.KeyFile);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StageException($"{endpoint.Node}: there is no SSH key {endpoint.KeyFile}. ./build.sh VagrantUp makes the cluster's own; with provider 'existing' correct sshKeyFile in cluster.yaml.", exception);
        }
        catch (SshPassPhraseNullOrEmptyException exception)
        {
            throw new StageException($"{endpoint.Node}: the SSH key {endpoint.KeyFile} has a passphrase, which a build cannot ask for. Name a key without one.", exception);
        }
        catch (Exception exception) when (exception is SshException or FormatException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new StageException($"{endpoint.Node}: the SSH key {endpoint.KeyFile} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Frees a client whose attempt failed, or runs on after a cancellation.</summary>
    private static void Abandon(Task connecting, SshClient client) =>
        _ = connecting.ContinueWith(
            ended =>
            {
                _ = ended.Exception;
                client.Dispose();
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);

    private static StageException KeyRefused(SshEndpoint endpoint, Exception exception) => new(
        $"{endpoint.Node}: {endpoint} does not accept the key {endpoint.KeyFile}: {exception.Message.TrimEnd('.')}. If the build made this machine, it was with another key: ./build.sh Destroy and then Bootstrap make it anew; with provider 'existing' add the line in the key's .pub file to the user's authorized_keys.",
        exception);

    private void ThrowIfSudoRefused(CommandResult result)
    {
        var words = result.StandardError.TrimStart();
        if (Endpoint.User != "root" && !result.Succeeded && (words.StartsWith("sudo: ", StringComparison.Ordinal) || words.Contains("sudo: command not found", StringComparison.Ordinal) || words.Contains("not in the sudoers file", StringComparison.Ordinal)))
        {
            throw new StageException(
                $"{Node}: user '{Endpoint.User}' cannot become root without a password: {words.Split('\n')[0].Trim()}{Environment.NewLine}Install sudo there and give the user the line '{Endpoint.User} ALL=(ALL) NOPASSWD: ALL' in /etc/sudoers.d/, or log in as root.");
        }
    }
}
