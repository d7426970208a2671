using KubePivot.Commands;

namespace KubePivot.Integration.Tests.Servers;

/// <summary>A real etcd on loopback, one member, TLS with client certificates, data in a folder that goes with it.</summary>
public sealed class EtcdServer : IAsyncDisposable
{
    private readonly ServerProcess process;
    private readonly string data;

    private EtcdServer(ServerProcess process, string data, string endpoint)
    {
        this.process = process;
        this.data = data;
        Endpoint = endpoint;
    }

    /// <summary>Why tests that need etcd cannot run here; null if they can.</summary>
    public static string? Unavailable => LocalCommand.Find("etcd") == null ? "There is no etcd on the PATH (Debian: apt-get install etcd-server)." : null;

    /// <summary>Client URL, as in <c>https://127.0.0.1:40123</c>.</summary>
    public string Endpoint { get; }

    /// <summary>Starts a member and returns when it is healthy.</summary>
    /// <param name="pki">Gets the certificate <c>etcd</c> (server and peer) and <c>etcd-client</c>.</param>
    public static async Task<EtcdServer> StartAsync(TestPki pki, CancellationToken cancellationToken = default)
    {
        pki.Issue("etcd", "etcd");
        pki.Issue("etcd-client", "kube-apiserver-etcd-client");
        var data = Directory.CreateTempSubdirectory("kubepivot-etcd-").FullName;
        var client = $"https://127.0.0.1:{ServerProcess.FreePort()}";
        var peer = $"https://127.0.0.1:{ServerProcess.FreePort()}";
        var process = new ServerProcess(LocalCommand.Find("etcd")!,
        [
            "--name=test", $"--data-dir={data}", "--unsafe-no-fsync",
            $"--listen-client-urls={client}", $"--advertise-client-urls={client}",
            $"--listen-peer-urls={peer}", $"--initial-advertise-peer-urls={peer}", $"--initial-cluster=test={peer}",
            $"--cert-file={pki.CertificateFile("etcd")}", $"--key-file={pki.KeyFile("etcd")}",
            $"--trusted-ca-file={pki.CaFile}", "--client-cert-auth",
            $"--peer-cert-file={pki.CertificateFile("etcd")}", $"--peer-key-file={pki.KeyFile("etcd")}",
            $"--peer-trusted-ca-file={pki.CaFile}", "--peer-client-cert-auth",
        ]);
        var server = new EtcdServer(process, data, client);
        try
        {
            using var http = TestHttp.Client(pki, "etcd-client");
            await process.ReadyAsync("etcd", token => TestHttp.WhatIsMissingAsync(http, $"{client}/health", "\"true\"", token), cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }
}
