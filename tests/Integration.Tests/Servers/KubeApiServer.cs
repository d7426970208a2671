using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using k8s;
using KubePivot.Files;

namespace KubePivot.Integration.Tests.Servers;

/// <summary>
/// A real kube-apiserver v1.20.2 on loopback with an etcd of its own, Node and RBAC authorization and the usual admission.
/// There is no kubelet, no scheduler and no controller manager: a test that needs their doing plays their part, and says so.
/// </summary>
public sealed class KubeApiServer : IAsyncDisposable
{
    private readonly EtcdServer etcd;
    private readonly TestPki pki;
    private ServerProcess? process;

    private KubeApiServer(EtcdServer etcd, TestPki pki)
    {
        this.etcd = etcd;
        this.pki = pki;
        Kubeconfig = WriteKubeconfig("admin", "kubernetes-admin", "system:masters");
    }

    /// <summary>Why tests that need an API server cannot run here; null if they can.</summary>
    public static string? Unavailable => EtcdServer.Unavailable
        ?? (File.Exists(Binary("kube-apiserver")) ? null : $"There is no {Binary("kube-apiserver")} (run ./build.sh FetchKubernetes with source debian).");

    /// <summary>Chosen when the object is made, and kept over restarts.</summary>
    public int Port { get; } = ServerProcess.FreePort();

    /// <summary>As in <c>https://127.0.0.1:40123</c>.</summary>
    public string Address => $"https://127.0.0.1:{Port}";

    /// <summary>
    /// What the server puts into the endpoints of the Service <c>kubernetes</c>, which refuse loopback addresses: one of this
    /// machine, or if it has none one that is kept for documentation (RFC 5737).
    /// </summary>
    public static string AdvertisedAddress { get; } = NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(adapter => adapter.GetIPProperties().UnicastAddresses)
        .Select(address => address.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))?.ToString() ?? "192.0.2.11";

    /// <summary>Kubeconfig file of a member of system:masters.</summary>
    public string Kubeconfig { get; }

    public TestPki Pki => pki;

    /// <summary>Client URL of its etcd.</summary>
    public string Etcd => etcd.Endpoint;

    /// <summary>Arguments besides the usual ones, from the next start on.</summary>
    public IReadOnlyList<string> More { get; set; } = [];

    public string Log => process?.Log ?? "";

    /// <summary>Full path of a Kubernetes program in the cache.</summary>
    public static string Binary(string name) => Path.Combine(
        ClusterPaths.Cache,
        "kubernetes",
        $"v1.20.2-debian-{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}",
        "bin",
        name);

    /// <summary>Makes PKI and etcd, and the server, which answers when this returns. Skips the test where that cannot be.</summary>
    public static async Task<KubeApiServer> StartAsync(CancellationToken cancellationToken = default)
    {
        var server = await PrepareAsync(cancellationToken);
        try
        {
            await server.RestartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>As <see cref="StartAsync"/>, but the API server itself does not run yet: <see cref="RestartAsync"/> starts it.</summary>
    public static async Task<KubeApiServer> PrepareAsync(CancellationToken cancellationToken = default)
    {
        Assert.SkipWhen(Unavailable != null, Unavailable ?? "");
        var pki = new TestPki();
        try
        {
            pki.Issue("apiserver", "kube-apiserver");
            return new KubeApiServer(await EtcdServer.StartAsync(pki, cancellationToken), pki);
        }
        catch
        {
            pki.Dispose();
            throw;
        }
    }

    /// <summary>Starts the server if it does not run, as after a test that had stopped it and failed.</summary>
    public Task EnsureRunningAsync(CancellationToken cancellationToken = default) =>
        process is { HasExited: false } ? Task.CompletedTask : RestartAsync(cancellationToken);

    /// <summary>Ends the server if it runs, and starts it on the same port with the same data.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync();
        process = StartAnother(Port, More);
        await ReadyAsync(process, Port, cancellationToken);
    }

    /// <summary>Ends the server as a power cut would; etcd stays.</summary>
    public async Task StopAsync()
    {
        if (process != null)
        {
            await process.DisposeAsync();
            process = null;
        }
    }

    /// <summary>Starts one more server on the same data, the caller's to end; it may not answer yet when this returns.</summary>
    /// <param name="more">Arguments besides the usual ones.</param>
    public ServerProcess StartAnother(int port, params IEnumerable<string> more) => new(Binary("kube-apiserver"), [.. Arguments(port), .. more]);

    /// <summary>Waits until a server that was started on this port answers.</summary>
    public async Task ReadyAsync(ServerProcess server, int port, CancellationToken cancellationToken)
    {
        using var http = TestHttp.Client(pki, "admin");
        await server.ReadyAsync("kube-apiserver", token => TestHttp.WhatApiServerLacksAsync(http, $"https://127.0.0.1:{port}", token), cancellationToken);
    }

    /// <summary>A client of the given kubeconfig, by default the administrator's.</summary>
    public k8s.Kubernetes Client(string? kubeconfig = null) => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig ?? Kubeconfig));

    /// <summary>Issues a client certificate and writes a kubeconfig file with it.</summary>
    public string WriteKubeconfig(string name, string user, params string[] groups) => Write(Address, name, user, groups);

    /// <summary>The administrator's kubeconfig file for another way to the same API.</summary>
    public string WriteKubeconfig(string address) => Write(address, $"admin-{new Uri(address).Port}", "kubernetes-admin", "system:masters");

    private string Write(string address, string name, string user, params string[] groups)
    {
        pki.Issue(name, user, groups);
        var file = Path.Combine(pki.Folder, $"{name}.kubeconfig");
        AtomicFile.WriteSecret(file, $$"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: test
              cluster: { server: "{{address}}", certificate-authority-data: {{Base64(pki.CaFile)}} }
            users:
            - name: {{name}}
              user: { client-certificate-data: {{Base64(pki.CertificateFile(name))}}, client-key-data: {{Base64(pki.KeyFile(name))}} }
            contexts:
            - name: test
              context: { cluster: test, user: {{name}} }
            current-context: test

            """);
        return file;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await etcd.DisposeAsync();
        pki.Dispose();
    }

    private IEnumerable<string> Arguments(int port) =>
    [
        "--bind-address=127.0.0.1", $"--secure-port={port}", "--insecure-port=0",
        $"--advertise-address={AdvertisedAddress}",
        "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true",
        $"--etcd-servers={etcd.Endpoint}", $"--etcd-cafile={pki.CaFile}",
        $"--etcd-certfile={pki.CertificateFile("etcd-client")}", $"--etcd-keyfile={pki.KeyFile("etcd-client")}",
        $"--client-ca-file={pki.CaFile}",
        $"--tls-cert-file={pki.CertificateFile("apiserver")}", $"--tls-private-key-file={pki.KeyFile("apiserver")}",
        "--service-account-issuer=https://kubernetes.default.svc",
        $"--service-account-key-file={Path.Combine(pki.Folder, "service-account.pub")}",
        $"--service-account-signing-key-file={pki.KeyFile("service-account")}",
        "--service-cluster-ip-range=10.3.0.0/16",
        // What no test asks for costs a third of the start's 6 s of a core.
        "--feature-gates=APIPriorityAndFairness=false",
        "--runtime-config=api/beta=false,discovery.k8s.io/v1beta1=true,policy/v1beta1=true",
    ];

    private static string Base64(string file) => Convert.ToBase64String(File.ReadAllBytes(file));
}
