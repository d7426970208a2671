using System.Text;
using KubePivot.Commands;
using KubePivot.Files;
using KubePivot.Integration.Tests.Servers;
using Org.BouncyCastle.Crypto.Generators;

namespace KubePivot.Integration.Tests.Registries;

/// <summary>Debian's docker-registry on loopback, with TLS by an authority of the test's own and one account, and the image of pause in it.</summary>
public sealed class DockerRegistry : IAsyncLifetime
{
    public const string Username = "nodes";

    /// <summary>As <c>registry.k8s.io</c> names it.</summary>
    public const string Image = "pause:3.2";

    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-registry-").FullName;
    private ServerProcess? process;

    /// <summary>Why tests that need a registry cannot run here; null if they can.</summary>
    public static string? Unavailable => LocalCommand.Find("docker-registry") == null ? "There is no docker-registry on the PATH (Debian: apt-get install docker-registry)."
        : LocalCommand.Find("skopeo") == null ? "There is no skopeo on the PATH (Debian: apt-get install skopeo)."
        : File.Exists(ImageArchive) ? null : $"There is no {ImageArchive} (run ./build.sh FetchKubernetes with source debian).";

    public TestPki Pki { get; } = new();

    public string Password { get; } = Guid.NewGuid().ToString("N");

    /// <summary>As in <c>127.0.0.1:20123</c>.</summary>
    public string Host { get; } = $"127.0.0.1:{ServerProcess.FreePort()}";

    private static string ImageArchive => Path.Combine(Path.GetDirectoryName(KubeApiServer.Binary("kubelet"))!, "..", "images", "pause.tar");

    public async ValueTask InitializeAsync()
    {
        if (Unavailable != null)
        {
            return;
        }

        Pki.Issue("registry", "registry");
        // The registry takes bcrypt alone; the least cost is enough for a password of today.
        var salt = Guid.NewGuid().ToByteArray();
        AtomicFile.WriteSecret(Path.Combine(folder, "htpasswd"), $"{Username}:{OpenBsdBCrypt.Generate("2y", Password.ToCharArray(), salt, 4)}\n");
        var config = Path.Combine(folder, "config.yml");
        AtomicFile.Write(config, $$"""
            version: 0.1
            log: { level: warn, accesslog: { disabled: true } }
            storage: { filesystem: { rootdirectory: {{folder}}/data } }
            http: { addr: "{{Host}}", tls: { certificate: {{Pki.CertificateFile("registry")}}, key: {{Pki.KeyFile("registry")}} } }
            auth: { htpasswd: { realm: test, path: {{folder}}/htpasswd } }
            """);
        process = new ServerProcess(LocalCommand.Find("docker-registry")!, ["serve", config]);
        await process.ReadyAsync("docker-registry", token => TestHttp.WhatListensNotAsync(int.Parse(Host.Split(':')[1]), token));
        await PushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (process != null)
        {
            await process.DisposeAsync();
        }

        Pki.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task PushAsync()
    {
        var (account, authorities) = (Path.Combine(folder, "auth.json"), Path.Combine(folder, "certs"));
        AtomicFile.WriteSecret(account, $$"""{ "auths": { "{{Host}}": { "auth": "{{Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Username}:{Password}"))}}" } } }""");
        Directory.CreateDirectory(authorities);
        File.Copy(Pki.CaFile, Path.Combine(authorities, "ca.crt"));
        (await LocalCommand.RunAsync("skopeo", ["--insecure-policy", "copy", "--dest-authfile", account, "--dest-cert-dir", authorities, $"docker-archive:{ImageArchive}", $"docker://{Host}/{Image}"]))
            .ThrowOnFailure("the image could not be pushed");
    }
}
