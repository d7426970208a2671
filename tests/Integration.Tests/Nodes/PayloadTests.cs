using System.Security.Cryptography;
using KubePivot;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;

namespace Integration.Tests.Nodes;

/// <summary>Kubernetes' programs and images on their way to a machine that was not born with them; ctr is a script that notes what it imports.</summary>
public sealed class PayloadTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kubepivot-payload-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Programs_and_images_are_copied_once_and_the_stamp_comes_last()
    {
        await using var cluster = await StartAsync();
        var payload = MakePayload();

        await cluster.Stage(payload, MachineProvider.Libvirt).RunAsync();
        await cluster.Stage(payload, MachineProvider.Libvirt).RunAsync();

        Assert.Equal("bin/kubelet", cluster.Read("master01", "/usr/local/bin/kubelet"));
        Assert.Equal("node/usr/lib/cni/bridge", cluster.Read("master01", "/usr/lib/cni/bridge"));
        Assert.Equal(payload.Hash, cluster.Read("master01", "/var/lib/kubepivot/payload").Trim());
        Assert.Equal(KubernetesArtifacts.Images.Count, File.ReadAllLines(cluster.Root("master01") + "/imported").Length);
        Assert.False(Directory.Exists(cluster.Root("master01") + "/var/lib/kubepivot/payload-new"));
        Assert.Single(cluster.Lines, line => line.StartsWith("master01: copying ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_image_that_cannot_be_imported_leaves_no_stamp_and_the_next_run_copies_again()
    {
        await using var cluster = await StartAsync();
        cluster.Systemctl("master01").Put("ctr", "#!/bin/bash\necho 'ctr: unrecognized image format' >&2; exit 1\n");

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage(MakePayload(), MachineProvider.Libvirt).RunAsync());

        Assert.Contains("unrecognized image format", exception.Message);
        Assert.False(File.Exists(cluster.Root("master01") + "/var/lib/kubepivot/payload"));
        Importing(cluster);
        await cluster.Stage(MakePayload(), MachineProvider.Libvirt).RunAsync();
        Assert.True(File.Exists(cluster.Root("master01") + "/usr/local/bin/kubectl"));
    }

    [Fact]
    public async Task A_kubelet_that_runs_is_restarted_when_its_program_was_replaced_and_that_is_noted_on_the_node_until_it_is_done()
    {
        await using var cluster = await StartAsync();
        cluster.Render("master01", ["kubelet.service"], ("/etc/motd", "hello\n", "0644", "root:root", []));
        await cluster.Stage(MakePayload(), MachineProvider.Libvirt).RunAsync();
        cluster.Systemctl("master01").TakeCalls();
        cluster.Systemctl("master01").Runs("kubelet.service", "exit 1");

        await Assert.ThrowsAsync<StageException>(() => cluster.Stage(MakePayload("newer"), MachineProvider.Libvirt).RunAsync());

        Assert.Contains("restart kubelet.service", cluster.Read("master01", "/var/lib/kubepivot/applied"), StringComparison.Ordinal);
        Assert.Contains("restart --no-block -- kubelet.service", cluster.Systemctl("master01").TakeCalls());
        cluster.Systemctl("master01").Runs("kubelet.service", "");
        await cluster.Stage(MakePayload("newer"), MachineProvider.Libvirt).RunAsync();
        Assert.Contains("start --no-block -- kubelet.service", cluster.Systemctl("master01").TakeCalls());
        Assert.DoesNotContain("restart kubelet.service", cluster.Read("master01", "/var/lib/kubepivot/applied"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_what_its_checksum_says_is_refused_on_the_node()
    {
        await using var cluster = await StartAsync();
        var payload = MakePayload();
        File.WriteAllText(Path.Combine(folder.FullName, "bin", "kubelet"), "damaged");

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage(payload, MachineProvider.Libvirt).RunAsync());

        Assert.Contains("bin/kubelet: FAILED", exception.Message);
        Assert.False(File.Exists(cluster.Root("master01") + "/usr/local/bin/kubelet"));
    }

    [Fact]
    public async Task A_container_that_holds_another_Kubernetes_must_be_made_anew()
    {
        await using var cluster = await StartAsync();
        Directory.CreateDirectory(cluster.Root("master01") + "/var/lib/kubepivot");
        File.WriteAllText(cluster.Root("master01") + "/var/lib/kubepivot/payload", "0123456789abcdef\n");

        var exception = await Assert.ThrowsAsync<StageException>(() => cluster.Stage(MakePayload()).RunAsync());

        Assert.StartsWith("master01: the machine holds another Kubernetes (stamp 0123456789ab, expected ", exception.Message);
        Assert.Contains("./build.sh Destroy", exception.Message);
        Assert.False(File.Exists(cluster.Root("master01") + "/etc/motd"));
    }

    private static async Task<SandboxCluster> StartAsync()
    {
        var cluster = await SandboxCluster.StartAsync("master01");
        cluster.Render("master01", [], ("/etc/motd", "hello\n", "0644", "root:root", []));
        Importing(cluster);
        return cluster;
    }

    private static void Importing(SandboxCluster cluster) =>
        cluster.Systemctl("master01").Put("ctr", $"#!/bin/bash\n[ -f \"${{@: -1}}\" ] && echo \"$*\" >>{cluster.Root("master01")}/imported\n");

    /// <param name="version">A part of what every file holds.</param>
    private NodePayload MakePayload(string version = "")
    {
        var artifacts = KubernetesArtifacts.At(new KubernetesRelease("v1.20.2", KubernetesSource.Debian), folder.FullName);
        var names = KubernetesArtifacts.Programs.Select(name => $"bin/{name}").Append("node/usr/lib/cni/bridge").Concat(KubernetesArtifacts.Images.Select(name => $"images/{name}.tar")).ToList();
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder.FullName, name))!);
            File.WriteAllText(Path.Combine(folder.FullName, name), name + version);
        }

        artifacts.WriteRecipe(artifacts.Folder);
        File.WriteAllLines(artifacts.ChecksumsFile, names.Select(name => $"{Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name + version)))}  {name}"));
        return new NodePayload(artifacts);
    }
}
