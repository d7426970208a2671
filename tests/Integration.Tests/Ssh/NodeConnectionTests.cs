using System.Collections.Concurrent;
using System.Text;
using KubePivot;
using KubePivot.Ssh;

namespace Integration.Tests.Ssh;

public class NodeConnectionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_returns_exit_code_and_both_outputs()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);

        var result = await connection.RunAsync("echo out; echo 'it'\\''s \"err\"' >&2; exit 7", cancellationToken: Cancelled);

        Assert.Equal((7, "out\n", "it's \"err\"\n"), (result.ExitCode, result.StandardOutput, result.StandardError));
        Assert.Equal("master01", result.Where);
    }

    [Fact]
    public async Task A_failure_is_told_with_node_command_exit_code_and_stderr()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);
        var result = await connection.RunAsync("cat /nowhere/at/all", cancellationToken: Cancelled);

        var exception = Assert.Throws<StageException>(() => result.ThrowOnFailure("could not read the file", "Look there."));

        Assert.Equal(
            ["master01: could not read the file: exit code 1.", "  > cat /nowhere/at/all", "    cat: /nowhere/at/all: No such file or directory", "Look there."],
            exception.Message.Split(Environment.NewLine));
    }

    [Fact]
    public async Task Input_arrives_byte_for_byte()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);

        var result = await connection.RunAsync("sha256sum", new MemoryStream(bytes), cancellationToken: Cancelled);

        Assert.StartsWith(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), result.StandardOutput);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("no end of line")]
    public async Task Input_ends_even_if_there_is_none(string? input)
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);

        var result = input == null ? await connection.RunAsync("cat", cancellationToken: Cancelled) : await connection.RunAsync("cat", input, cancellationToken: Cancelled);

        Assert.Equal(input ?? "", result.StandardOutput);
    }

    [Fact]
    public async Task A_command_that_ends_without_reading_its_input_does_not_hang_the_sender()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);

        var result = await connection.RunAsync("echo 'no space' >&2; exit 3", new MemoryStream(new byte[20_000_000]), cancellationToken: Cancelled);

        Assert.Equal((3, "no space\n"), (result.ExitCode, result.StandardError));
    }

    [Fact]
    public async Task Lines_come_while_the_command_runs()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);
        var release = Path.Combine(server.Folder, "release");
        var lines = new ConcurrentQueue<string>();

        // The command goes on only after its first line has arrived here.
        var result = await connection.RunAsync(
            $"echo first; until [ -e {release} ]; do sleep 0.01; done; echo second >&2",
            onLine: line =>
            {
                lines.Enqueue(line);
                File.WriteAllText(release, "");
            },
            cancellationToken: Cancelled);

        Assert.Equal(["first", "second"], lines);
        Assert.Equal(("first\n", "second\n"), (result.StandardOutput, result.StandardError));
    }

    [Fact]
    public async Task Several_commands_run_at_once_on_one_connection()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);
        var release = Path.Combine(server.Folder, "release");

        var waiting = connection.RunAsync($"until [ -e {release} ]; do sleep 0.01; done; echo released", cancellationToken: Cancelled);
        await connection.RunAsync($"touch {release}", cancellationToken: Cancelled);

        Assert.Equal("released\n", (await waiting).StandardOutput);
    }

    [Fact]
    public async Task A_private_key_or_a_token_in_an_output_is_masked()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);
        var lines = new ConcurrentQueue<string>();

        var result = await connection.RunAsync("cat", $"a\n{File.ReadAllText(server.KeyFile)}b\n", lines.Enqueue, cancellationToken: Cancelled);

        Assert.Matches("^a\n(\\*\\*\\*\n)+b\n$", result.StandardOutput);
        Assert.All(lines, line => Assert.Contains(line, new[] { "a", "***", "b" }));
    }

    [Fact]
    public async Task A_cancelled_command_ends_on_the_node_too()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var started = new TaskCompletionSource<string>();

        var running = connection.RunAsync("echo $$; while echo goes on; do sleep 0.01; done", onLine: line => started.TrySetResult(line), cancellationToken: cancellation.Token);
        var process = await started.Task;
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        var gone = await connection.RunAsync($"n=0; while [ -d /proc/{process} ] && [ $n -lt 500 ]; do sleep 0.01; n=$((n+1)); done; [ ! -d /proc/{process} ]", cancellationToken: Cancelled);
        Assert.True(gone.Succeeded);
    }

    [Fact]
    public async Task A_command_ended_by_a_signal_says_so()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);

        var result = await connection.RunAsync("kill -KILL $$", cancellationToken: Cancelled);

        Assert.Equal((137, "Ended by signal SIGKILL.\n"), (result.ExitCode, result.StandardError));
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_of_a_command_is_told_with_node_command_and_last_line()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var disruptor = new ConnectionDisruptor(server.Port);
        server.Pin(disruptor.Port);
        await using var connection = await NodeConnection.ConnectAsync(server.EndpointAt(disruptor.Port), Cancelled);

        var exception = await Assert.ThrowsAsync<NodeConnectionLostException>(() => connection.RunAsync(
            "echo half way; exec sleep 600", onLine: _ => disruptor.Cut(), cancellationToken: Cancelled));

        Assert.Contains("master01: the connection broke while a command ran", exception.Message);
        Assert.Contains("> echo half way; exec sleep 600", exception.Message);
        Assert.Contains("Last line seen: half way", exception.Message);
        Assert.False(connection.IsConnected);
    }

    [Fact]
    public async Task A_machine_that_falls_silent_is_noticed_long_before_TCP_does()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var disruptor = new ConnectionDisruptor(server.Port);
        server.Pin(disruptor.Port);
        await using var connection = await NodeConnection.ConnectAsync(server.EndpointAt(disruptor.Port) with { SilenceBound = TimeSpan.FromMilliseconds(500) }, Cancelled);

        var exception = await Assert.ThrowsAsync<NodeConnectionLostException>(() => connection.RunAsync(
            "echo half way; exec sleep 600", onLine: _ => disruptor.Freeze(), cancellationToken: Cancelled));

        Assert.Contains("no sign of life for 1 s", exception.Message);
        Assert.Contains("Last line seen: half way", exception.Message);
    }

    [Fact]
    public async Task A_command_that_is_silent_for_long_is_left_to_work_while_the_machine_answers()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint with { SilenceBound = TimeSpan.FromSeconds(1) }, Cancelled);

        var result = await connection.RunAsync("sleep 3; echo done", cancellationToken: Cancelled);

        Assert.Equal("done\n", result.StandardOutput);
    }

    [Fact]
    public async Task A_connection_cut_while_input_is_sent_is_an_error_and_not_a_hang()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var disruptor = new ConnectionDisruptor(server.Port);
        server.Pin(disruptor.Port);
        await using var connection = await NodeConnection.ConnectAsync(server.EndpointAt(disruptor.Port), Cancelled);
        disruptor.CutAfter(1_000_000);

        var exception = await Assert.ThrowsAsync<NodeConnectionLostException>(() =>
            connection.RunAsync("sha256sum", new MemoryStream(new byte[50_000_000]), shown: "write the files", cancellationToken: Cancelled));

        Assert.Contains("> write the files", exception.Message);
    }

    [Fact]
    public async Task A_long_output_and_UTF8_come_whole()
    {
        await using var server = await RemoteSshd.StartAsync();
        await using var connection = await NodeConnection.ConnectAsync(server.Endpoint, Cancelled);
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(number => $"zeile {number} äöü €\n"));

        Assert.Equal(text, (await connection.RunAsync("cat", text, cancellationToken: Cancelled)).StandardOutput);
        var count = 0;
        await connection.RunAsync("cat", new MemoryStream(Encoding.UTF8.GetBytes(text)), _ => count++, cancellationToken: Cancelled);
        Assert.Equal(50_000, count);
    }
}
