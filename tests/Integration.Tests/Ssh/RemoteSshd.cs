using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KubePivot.Commands;
using KubePivot.Ssh;

namespace Integration.Tests.Ssh;

/// <summary>
/// A real OpenSSH server on loopback, on a free port, with keys and configuration of its own in a temporary folder. It logs in the
/// user who runs the tests. Disposal ends it and all its sessions.
/// </summary>
public sealed class RemoteSshd : IAsyncDisposable
{
    /// <summary>Debian's place; elsewhere the tests that need it say that they are skipped.</summary>
    public const string Program = "/usr/sbin/sshd";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kubepivot-sshd-");
    private readonly List<string> settings = [];
    private Process? process;

    private RemoteSshd()
    {
    }

    public static string? SkipReason => !File.Exists(Program) ? $"{Program} is not installed"
        : Environment.UserName != "root" ? "the tests of remote commands need root"
        : null;

    public int Port { get; private set; }

    public string Folder => folder.FullName;

    public string KeyFile => Path.Combine(Folder, "id_ed25519");

    public string KnownHostsFile => Path.Combine(Folder, "known_hosts");

    public SshEndpoint Endpoint => EndpointAt(Port);

    /// <summary>Starts a server whose host key is already pinned in <see cref="KnownHostsFile"/>.</summary>
    /// <param name="settings">Further lines of sshd_config.</param>
    public static async Task<RemoteSshd> StartAsync(params string[] settings)
    {
        Assert.SkipWhen(SkipReason != null, SkipReason ?? "");
        var server = new RemoteSshd();
        server.settings.AddRange(settings);
        await server.NewKeyAsync("host_ed25519");
        await server.NewKeyAsync("id_ed25519");
        File.Copy(server.KeyFile + ".pub", Path.Combine(server.Folder, "authorized_keys"));
        await server.RestartAsync();
        server.Pin(server.Port);
        return server;
    }

    /// <summary>The same login through another port, that of a <see cref="ConnectionDisruptor"/>.</summary>
    public SshEndpoint EndpointAt(int port) => new("master01", "127.0.0.1", port, Environment.UserName, KeyFile, KnownHostsFile);

    public void Pin(int port)
    {
        var hosts = KnownHosts.Load(KnownHostsFile);
        hosts.Pin("127.0.0.1", port, HostKey.Parse(File.ReadAllText(Path.Combine(Folder, "host_ed25519.pub"))));
        hosts.Save();
    }

    /// <summary>What a machine that was made anew looks like: the same address, another host key.</summary>
    public async Task RestartWithNewHostKeyAsync()
    {
        File.Delete(Path.Combine(Folder, "host_ed25519"));
        await NewKeyAsync("host_ed25519");
        await RestartAsync();
    }

    /// <summary>Ends the server (its port then refuses connections).</summary>
    public async Task StopAsync()
    {
        if (process != null)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
            process = null;
        }
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        Directory.CreateDirectory("/run/sshd");
        Port = Port == 0 ? FreePort() : Port;
        await File.WriteAllLinesAsync(Path.Combine(Folder, "sshd_config"), Configuration());
        process = Process.Start(new ProcessStartInfo(Program, ["-D", "-e", "-f", Path.Combine(Folder, "sshd_config")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        await ListeningAsync(process);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        folder.Delete(recursive: true);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>SHLVL keeps the login shell from reading this machine's ~/.bashrc, which is none of the tests' business.</summary>
    private IEnumerable<string> Configuration() =>
    [
        $"Port {Port}", "ListenAddress 127.0.0.1", $"HostKey {Folder}/host_ed25519", $"AuthorizedKeysFile {Folder}/authorized_keys",
        "StrictModes no", "UsePAM no", "PidFile none", "PasswordAuthentication no", "PermitRootLogin yes", "MaxStartups 100",
        .. settings.Any(line => line.StartsWith("SetEnv", StringComparison.Ordinal)) ? settings : [.. settings, "SetEnv SHLVL=2"],
    ];

    private static async Task ListeningAsync(Process process)
    {
        var (listening, log) = (new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), new List<string>());
        process.ErrorDataReceived += (_, line) =>
        {
            log.Add(line.Data ?? "(ended)");
            if (line.Data == null || line.Data.StartsWith("Server listening", StringComparison.Ordinal))
            {
                listening.TrySetResult(line.Data != null);
            }
        };
        process.BeginErrorReadLine();
        Assert.True(await listening.Task, $"sshd did not start: {string.Join('\n', log)}");
    }

    private async Task NewKeyAsync(string name) =>
        (await LocalCommand.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(Folder, name)])).ThrowOnFailure();
}
