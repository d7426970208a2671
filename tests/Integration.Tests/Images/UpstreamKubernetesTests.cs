using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;
using KubePivot.Integration.Tests.Kubernetes;
using KubePivot.Stages;

namespace KubePivot.Integration.Tests.Images;

/// <summary>A file server on loopback plays the release sites.</summary>
public sealed class UpstreamKubernetesTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-").FullName;
    private readonly FileServer server = new();
    private readonly HttpClient client = new();
    private readonly RecordedLines reporter = new();
    private readonly byte[] program = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, (byte)(KubernetesArtifacts.Architecture == "arm64" ? 183 : 62), 0];

    private string Target => Path.Combine(folder, "artifacts");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        client.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Every_program_of_a_release_comes_from_the_mirror_and_gets_its_place_and_mode()
    {
        var downloads = ReleaseCatalogue.Load(Checkout).Downloads("v1.36.0", KubernetesArtifacts.Architecture);
        foreach (var download in downloads)
        {
            Publish(download);
        }

        await FetchAsync(downloads);

        Assert.Equal(
            [
                "bin/kubectl", "bin/kubelet",
                "node/usr/lib/cni/bandwidth", "node/usr/lib/cni/bridge", "node/usr/lib/cni/firewall", "node/usr/lib/cni/host-local", "node/usr/lib/cni/loopback", "node/usr/lib/cni/portmap",
                "node/usr/local/bin/containerd", "node/usr/local/bin/containerd-shim-runc-v2", "node/usr/local/bin/ctr",
                "node/usr/local/bin/etcd", "node/usr/local/bin/etcdctl", "node/usr/local/bin/etcdutl", "node/usr/local/bin/runc",
            ],
            Checksums.Files(Target));
        Assert.All(Checksums.Files(Target), file => Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.Combine(Target, file))));
    }

    [Fact]
    public async Task A_file_that_is_not_the_published_one_is_not_used()
    {
        var kubelet = Kubelet();
        Publish(kubelet);
        server.Files[kubelet.From(Mirror).Address.AbsolutePath] = [1, 2, 3];

        var refused = await Assert.ThrowsAsync<StageException>(() => FetchAsync([kubelet]));

        Assert.Contains("the file that was downloaded is not the published one", refused.Message);
        Assert.False(Directory.Exists(Path.Combine(Target, "bin")));
    }

    [Fact]
    public async Task Without_a_published_checksum_nothing_is_downloaded()
    {
        var kubelet = Kubelet();
        Publish(kubelet);
        server.Files[kubelet.From(Mirror).Checksum.AbsolutePath] = "<html>Please log in</html>"u8.ToArray();

        var refused = await Assert.ThrowsAsync<StageException>(() => FetchAsync([kubelet]));

        Assert.Contains("kubelet.sha256 does not tell the SHA-256 of kubelet", refused.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_release_that_was_never_published_is_said_so_with_its_address()
    {
        var refused = await Assert.ThrowsAsync<StageException>(() => FetchAsync([Kubelet()]));

        Assert.Contains("dl.k8s.io/release/v1.36.99/bin/linux/", refused.Message);
        Assert.Contains("does not exist (404)", refused.Message);
    }

    [Fact]
    public async Task An_archive_without_the_program_is_told_by_both_names()
    {
        var runtime = new ProgramDownload("runtime", new Uri("https://site.example/a.tar.gz"), new Uri("https://site.example/a.sum"), ["bin/there", "bin/missing"], "/usr/local/bin");
        Publish(runtime with { Files = ["bin/there"] });

        var refused = await Assert.ThrowsAsync<StageException>(() => FetchAsync([runtime]));

        Assert.Contains("site.example/a.tar.gz holds no bin/missing", refused.Message);
    }

    [Fact]
    public async Task A_program_for_another_processor_is_refused_though_its_checksum_is_right()
    {
        program[18] = 243;
        Publish(Kubelet());

        Assert.Contains("kubelet is no Linux program for", (await Assert.ThrowsAsync<StageException>(() => FetchAsync([Kubelet()]))).Message);
    }

    private static ClusterPaths Checkout => new(Bootkube.NodeProgram.Checkout);

    private string Mirror => $"{server.Address}mirror";

    private static ProgramDownload Kubelet() => ReleaseCatalogue.Load(Checkout).Downloads("v1.36.99", KubernetesArtifacts.Architecture).Single(download => download.Name == "kubelet");

    private void Publish(ProgramDownload download)
    {
        var there = download.From(Mirror);
        var content = download.IsArchive ? Archive(download.Files) : program;
        server.Files[there.Address.AbsolutePath] = content;
        server.Files[there.Checksum.AbsolutePath] = Encoding.UTF8.GetBytes($"{Convert.ToHexStringLower(SHA256.HashData(content))}  {download.FileName}\n");
    }

    private byte[] Archive(IEnumerable<string> files)
    {
        var bytes = new MemoryStream();
        using (var writer = new TarWriter(new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true)))
        {
            foreach (var file in files.Append("README.md"))
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"./{file}") { DataStream = new MemoryStream(program) });
            }
        }

        return bytes.ToArray();
    }

    private Task FetchAsync(IReadOnlyList<ProgramDownload> downloads)
    {
        var context = new StageContext { Cluster = new Cluster(ClusterDefaults.Spec, "/clusters/cluster.yaml", MachineProvider.Lxc), Paths = Checkout, Reporter = reporter };
        return new UpstreamKubernetes(context, client, Mirror, Path.Combine(folder, "work")).FetchAsync(downloads, Target);
    }
}
