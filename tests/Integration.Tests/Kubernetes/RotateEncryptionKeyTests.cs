using System.Text;
using k8s;
using k8s.Models;
using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Files;
using KubePivot.Integration.Tests.Bootkube;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Pki;
using KubePivot.Stages;

namespace KubePivot.Integration.Tests.Kubernetes;

/// <summary>The key's rotation with a real kube-apiserver, which is restarted where a cluster would roll its servers, and a look at the bytes in etcd.</summary>
public sealed class RotateEncryptionKeyTests : IAsyncLifetime
{
    private const string PlainText = "what-nobody-may-read";

    private KubeApiServer? server;
    private RealCluster? cluster;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private KubeApiServer Server => server!;

    private RealCluster Cluster => cluster!;

    private EncryptionKeyFile KeyFile => new(Cluster.Paths);

    private string ConfigFile => Path.Combine(Server.Pki.Folder, "encryption-config.yaml");

    public async ValueTask InitializeAsync()
    {
        server = await KubeApiServer.PrepareAsync(Stop);
        cluster = new RealCluster(server);
    }

    public async ValueTask DisposeAsync()
    {
        cluster?.Dispose();
        if (server != null)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Secrets_written_before_there_was_a_key_are_encrypted_by_the_first_rotation_and_again_by_the_next_which_goes_on_after_a_kill()
    {
        await Server.RestartAsync(Stop);
        await WriteSecretsAsync();
        Assert.Contains(PlainText, await BytesInEtcdAsync("one"), StringComparison.Ordinal);

        KeyFile.Save(EncryptionKeys.ForRunningCluster(), DateTimeOffset.UtcNow);
        await RotateAsync();
        var first = KeyFile.Load().Write.Name;
        await AssertEncryptedAsync(first);

        await Assert.ThrowsAsync<TimeoutException>(() => RotateAsync(killedAfter: 2));
        Assert.Equal(EncryptionPhase.Promoted, KeyFile.Load().Phase);
        await RotateAsync();
        Assert.NotEqual(first, KeyFile.Load().Write.Name);
        await AssertEncryptedAsync(KeyFile.Load().Write.Name);
        Assert.Equal([first], KeyFile.Find([first]).Select(key => key.Name));

        Assert.All(Cluster.Lines.All, line => Assert.DoesNotContain(KeyFile.Load().Write.Secret, line, StringComparison.Ordinal));
    }

    private async Task RotateAsync(int killedAfter = int.MaxValue)
    {
        var rolledOut = 0;
        await new RotateEncryptionKeyStage(Cluster.Context, async () =>
        {
            Render();
            await Server.RestartAsync(Stop);
            if (++rolledOut == killedAfter)
            {
                throw new TimeoutException("killed");
            }
        }).RunAsync();
    }

    private void Render()
    {
        var pki = new PkiTexts(name => $"certificate of {name}\n", name => $"certificate of {name}\n", name => $"not a key: {name}\n", name => $"public half of {name}\n", KeyFile.Load());
        var checkout = new ClusterPaths(NodeProgram.Checkout);
        var rendered = RenderedCluster.Render(checkout, ReleaseCatalogue.Load(checkout), Cluster.Context.Cluster, new KubernetesRelease("v1.20.2", KubernetesSource.Debian), pki);
        AtomicFile.WriteSecret(ConfigFile, rendered.Assets.Single(file => file.Path == "tls/encryption-config.yaml").Content);
        Server.More = [$"--encryption-provider-config={ConfigFile}"];
    }

    private async Task WriteSecretsAsync()
    {
        using var api = Server.Client();
        await api.CoreV1.CreateNamespacedSecretAsync(Secret("one"), "default", cancellationToken: Stop);
        var immutable = Secret("two");
        immutable.Immutable = true;
        await api.CoreV1.CreateNamespacedSecretAsync(immutable, "default", cancellationToken: Stop);
    }

    private static V1Secret Secret(string name) => new() { Metadata = new() { Name = name }, Data = new Dictionary<string, byte[]> { ["text"] = Encoding.UTF8.GetBytes(PlainText) } };

    private async Task AssertEncryptedAsync(string key)
    {
        using var api = Server.Client();
        foreach (var name in new[] { "one", "two" })
        {
            var bytes = await BytesInEtcdAsync(name);
            Assert.Contains($"k8s:enc:secretbox:v1:{key}:", bytes, StringComparison.Ordinal);
            Assert.DoesNotContain(PlainText, bytes, StringComparison.Ordinal);
            Assert.Equal(PlainText, Encoding.UTF8.GetString((await api.CoreV1.ReadNamespacedSecretAsync(name, "default", cancellationToken: Stop)).Data["text"]));
        }
    }

    private async Task<string> BytesInEtcdAsync(string name) => (await LocalCommand.RunAsync("etcdctl",
        [
            $"--endpoints={Server.Etcd}", $"--cacert={Server.Pki.CaFile}", $"--cert={Server.Pki.CertificateFile("etcd-client")}", $"--key={Server.Pki.KeyFile("etcd-client")}",
            "get", "--print-value-only", $"/registry/secrets/default/{name}",
        ],
        environment: new Dictionary<string, string?> { ["ETCDCTL_API"] = "3" })).ThrowOnFailure("etcdctl failed").StandardOutput;
}
