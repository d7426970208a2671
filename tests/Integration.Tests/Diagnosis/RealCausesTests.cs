using System.Net;
using System.Net.Sockets;
using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Diagnosis;
using KubePivot.Integration.Tests.Registries;
using KubePivot.Integration.Tests.Servers;

namespace Integration.Tests.Diagnosis;

/// <summary>Each cause provoked on a real server, and found in what that says of it.</summary>
public sealed class RealCausesTests(DockerRegistry registry) : IClassFixture<DockerRegistry>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static void NeedsEtcd() => Assert.SkipWhen(EtcdServer.Unavailable != null, EtcdServer.Unavailable ?? "");

    private static void NeedsNamespaces()
    {
        NeedsEtcd();
        Assert.SkipWhen(!Environment.IsPrivilegedProcess, "mount and network namespaces need root");
    }

    private static void IsNamed(string cause, string said)
    {
        var found = ProbableCause.Of(said);
        Assert.True(found?.Words == cause, $"expected: {cause}\nfound: {found}\nin:\n{said}");
    }

    [Fact]
    public async Task A_port_that_is_taken()
    {
        NeedsEtcd();
        await using var etcd = new EtcdInTrouble();
        using var listener = new TcpListener(IPAddress.Loopback, etcd.Ports[0].Client);
        listener.Start();

        IsNamed("a port is taken by somebody else", await EtcdInTrouble.EndOfAsync(etcd.Start()));
    }

    [Fact]
    public async Task A_disk_that_is_full()
    {
        NeedsNamespaces();
        await using var etcd = new EtcdInTrouble();
        Directory.CreateDirectory(etcd.DataOf(0));

        var server = etcd.Start(prepare: $"ip link set lo up && mount -t tmpfs -o size=4m none {etcd.DataOf(0)}");
        IsNamed("a disk is full", await EtcdInTrouble.EndOfAsync(server));
    }

    [Fact]
    public async Task Too_little_memory()
    {
        NeedsEtcd();
        Assert.SkipWhen(LocalCommand.Find("prlimit") == null, "There is no prlimit on the PATH (Debian: util-linux).");
        var result = await LocalCommand.RunAsync("prlimit", [$"--as={96 * 1024 * 1024}", "etcd", "--version"], cancellationToken: Stop);

        Assert.False(result.Succeeded);
        IsNamed("there is not enough memory", result.StandardOutput + result.StandardError);
    }

    [Fact]
    public async Task A_quorum_that_is_lost()
    {
        NeedsEtcd();
        await using var etcd = new EtcdInTrouble();
        var members = Enumerable.Range(0, 3).Select(member => etcd.Start(member, of: 3)).ToList();
        await EtcdInTrouble.UntilAsync("a leader", members[0], async () => (await etcd.CtlAsync(0, "http", "endpoint", "health")).Contains("is healthy", StringComparison.Ordinal));

        await members[1].KillAsync();
        await members[2].KillAsync();
        // One that led says so; one that followed is silent until somebody asks it for something.
        await EtcdInTrouble.UntilItSpeaksAsync(members[0], () => etcd.CtlAsync(0, "http", "get", "anything"));

        IsNamed("etcd has lost its quorum", members[0].Log);

        // Its log goes on to other things; this is what a look at the node says from then on.
        using var http = new HttpClient();
        using var health = await http.GetAsync(new Uri($"http://127.0.0.1:{etcd.Ports[0].Client}/health"), Stop);
        IsNamed("etcd has lost its quorum", $"etcd /health: HTTP/{health.Version} {(int)health.StatusCode} {health.ReasonPhrase}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_certificate_of_another_authority(bool clientTrustsServer)
    {
        NeedsEtcd();
        using var pki = new TestPki();
        using var other = new TestPki();
        var authority = clientTrustsServer ? pki : other;
        await using var etcd = new EtcdInTrouble();
        var server = etcd.Start(scheme: "https", options: WithTls(pki, pki.Issue("etcd", "etcd")));
        other.Issue("client", "client");

        await EtcdInTrouble.UntilItSpeaksAsync(server, () => etcd.CtlAsync(0, "https", $"--cacert={authority.CaFile}", $"--cert={other.CertificateFile("client")}", $"--key={other.KeyFile("client")}", "endpoint", "health"));
        IsNamed("a certificate does not match", server.Log);
    }

    [Theory]
    [InlineData(60, 120, "a clock is wrong")]
    [InlineData(-4, -1, "a certificate has expired, or a clock is wrong")]
    public async Task A_clock_to_which_a_certificate_is_not_valid(int from, int until, string cause)
    {
        NeedsEtcd();
        using var pki = new TestPki();
        await using var etcd = new EtcdInTrouble();
        var now = DateTimeOffset.UtcNow;
        pki.Issue("client", "client", now.AddMinutes(from), now.AddMinutes(until));
        var server = etcd.Start(scheme: "https", options: WithTls(pki, pki.Issue("etcd", "etcd")));

        await EtcdInTrouble.UntilItSpeaksAsync(server, () => etcd.CtlAsync(0, "https", $"--cacert={pki.CaFile}", $"--cert={pki.CertificateFile("client")}", $"--key={pki.KeyFile("client")}", "endpoint", "health"));

        IsNamed(cause, server.Log);
    }

    [Theory]
    [InlineData("ip link set lo up")]
    [InlineData("ip link set lo up && ip route add unreachable 203.0.113.0/24")]
    public async Task No_way_to_another_machine(string network)
    {
        NeedsNamespaces();
        await using var etcd = new EtcdInTrouble();

        var server = etcd.Start(prepare: network, peers: [$"member0=http://127.0.0.1:{etcd.Ports[0].Peer}", "member1=http://203.0.113.7:2380"]);
        await EtcdInTrouble.UntilItSpeaksAsync(server);

        IsNamed("there is no way from one machine to another", server.Log);
    }

    [Fact]
    public async Task An_image_that_the_registry_lacks()
    {
        await using var containerd = await ContainerdAsync($"https://{registry.Host}");

        var words = await containerd.PullAsync("registry.k8s.io/kube-apiserver:v9.9.9", Stop);

        IsNamed("an image cannot be had", $"kubelet: Failed to pull image: {words}");
        await containerd.LogLineAsync("the cause", line => ProbableCause.Of(line)?.Words == "an image cannot be had", Stop);
        IsNamed("an image cannot be had", containerd.Log);
    }

    [Fact]
    public async Task A_host_name_that_is_not_found()
    {
        await using var containerd = await ContainerdAsync("https://registry.invalid");

        IsNamed("a host name is not found", await containerd.PullAsync("registry.k8s.io/pause:3.2", Stop) ?? "");
    }

    private static string[] WithTls(TestPki pki, string name) =>
        [$"--cert-file={pki.CertificateFile(name)}", $"--key-file={pki.KeyFile(name)}", $"--trusted-ca-file={pki.CaFile}", "--client-cert-auth"];

    /// <summary>Only the mirror is asked: no test reaches out of this machine.</summary>
    private async Task<Containerd> ContainerdAsync(string mirror)
    {
        Assert.SkipWhen((DockerRegistry.Unavailable ?? Containerd.Unavailable) != null, DockerRegistry.Unavailable ?? Containerd.Unavailable ?? "");
        var spec = new RegistriesSpec
        {
            Mirrors = new Dictionary<string, IReadOnlyList<string>> { ["registry.k8s.io"] = [mirror] },
            MirrorsOnly = true,
            Credentials = new Dictionary<string, RegistryAccount> { [registry.Host] = new(DockerRegistry.Username, "unused") },
            Authorities = new Dictionary<string, string> { [registry.Host] = "unused" },
        };
        var files = new RegistryFiles(new Dictionary<string, string> { [registry.Host] = registry.Password }, new Dictionary<string, string> { [registry.Host] = $"{registry.Pki.CaPem}\n" });
        return await Containerd.StartAsync(spec, files, Stop);
    }
}
