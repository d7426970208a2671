using System.Formats.Tar;
using System.IO.Compression;
using Integration.Tests.Nodes;
using KubePivot;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Diagnosis;
using KubePivot.Stages;

namespace Integration.Tests.Diagnosis;

/// <summary>Diagnose against nodes that are folders with a real sshd each.</summary>
public class DiagnoseTests
{
    private static async Task<IReadOnlyDictionary<string, string>> DiagnoseAsync(SandboxCluster sandbox)
    {
        var root = sandbox.Context.Paths.Root;
        var context = sandbox.Context with { Cluster = new Cluster(sandbox.Context.Cluster.Spec, Path.Combine(root, "cluster.yaml"), MachineProvider.Existing) };
        var file = await new DiagnoseStage(
            context,
            new DiagnoseOptions
            {
                Folder = Path.Combine(root, "support"),
                BuildLogs = Path.Combine(root, "logs"),
                BuildSteps = [new TimelineMoment(DateTimeOffset.UnixEpoch, "build", "build", "CopyAssets begins")],
                Status = output => output.WriteLineAsync("the status"),
                Release = () => throw new StageException("no release was chosen yet"),
            }).RunAsync();

        Assert.Equal((UnixFileMode)Convert.ToInt32("600", 8), File.GetUnixFileMode(file));
        using var tar = new TarReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        var files = new Dictionary<string, string>();
        while (tar.GetNextEntry() is { } entry)
        {
            files.Add(entry.Name[(entry.Name.IndexOf('/', StringComparison.Ordinal) + 1)..], new StreamReader(entry.DataStream!).ReadToEnd());
        }

        return files;
    }

    private static void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private static async Task<SandboxCluster> WithMachinesAsync(params string[] names)
    {
        var sandbox = await SandboxCluster.StartAsync(names);
        foreach (var name in names)
        {
            // Where no systemd runs, this one waits for it.
            sandbox.Systemctl(name).Put("timedatectl", "#!/bin/sh\necho 'System clock synchronized: yes'\n");
        }

        await new GeneratePkiStage(sandbox.Context).RunAsync();
        Write(sandbox.Context.Paths.KnownHosts, "");
        return sandbox;
    }

    [Fact]
    public async Task Journals_and_logs_of_exited_containers_come_straight_from_the_nodes_without_any_API()
    {
        await using var sandbox = await WithMachinesAsync("master01", "worker01");
        Write($"{sandbox.Root("worker01")}/var/log/pods/kube-system_kube-proxy-abcde_0123-45/kube-proxy/3.log", "2026-11-28T23:50:07.5Z stderr F listen tcp 0.0.0.0:10256: bind: address already in use\n");
        Write($"{sandbox.Root("master01")}/opt/bootkube/init_bootkube.done", "");

        var files = await DiagnoseAsync(sandbox);

        Assert.Contains("address already in use", files["nodes/worker01/logs/kube-system_kube-proxy-abcde/kube-proxy-3.log"]);
        Assert.Contains("--unit=etcd.service", files["nodes/master01/journal/etcd.txt"]);
        Assert.Contains("/opt/bootkube/init_bootkube.done was written", files["timeline.txt"]);
        Assert.Contains("CopyAssets begins", files["timeline.txt"]);
        Assert.Equal("the status\n", files["status.txt"]);
        Assert.Contains("$ df -h", files["nodes/master01/disk.txt"]);
        Assert.Contains("System clock synchronized: yes", files["nodes/master01/clock.txt"]);
        Assert.Contains("1. a port is taken by somebody else\n     nodes/worker01/logs/kube-system_kube-proxy-abcde/kube-proxy-3.log: 2026-11-28T23:50:07.5Z", files["SUMMARY.txt"]);
        Assert.Contains("Kubernetes unknown: no release was chosen yet", files["SUMMARY.txt"]);
        Assert.Contains("There is no kubeconfig yet", files["api/none.txt"]);
    }

    [Fact]
    public async Task A_node_that_cannot_be_reached_is_a_finding_and_the_others_are_asked_all_the_same()
    {
        await using var sandbox = await WithMachinesAsync("master01", "worker01");
        await sandbox.Server("worker01").StopAsync();

        var files = await DiagnoseAsync(sandbox);

        Assert.Contains("worker01 cannot be asked: no SSH connection to", files["SUMMARY.txt"]);
        Assert.Contains("was not reached", files["SUMMARY.txt"]);
        Assert.Contains("nodes/master01/units.txt", files.Keys);
        Assert.DoesNotContain("nodes/worker01/units.txt", files.Keys);
        Assert.Contains(sandbox.Lines, line => line.Contains("worker01 cannot be asked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rendered_files_are_in_it_and_no_secret_of_the_cluster_is_wherever_it_lies()
    {
        await using var sandbox = await WithMachinesAsync("master01");
        var paths = sandbox.Context.Paths;
        var key = File.ReadAllText(Path.Combine(paths.Pki, "apiserver.key"));
        var encoded = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(key));
        Write(Path.Combine(paths.Assets, "tls/apiserver.key"), key);
        Write(Path.Combine(paths.Assets, "tls/apiserver.crt"), File.ReadAllText(Path.Combine(paths.Pki, "apiserver.crt")));
        Write(Path.Combine(paths.Assets, "manifests/kube-apiserver-secret.yaml"), $"kind: Secret\ndata:\n  apiserver.key: {encoded}\n");
        Write(Path.Combine(paths.Nodes, "master01/etc/kubernetes/kubelet.yaml"), "clusterDomain: cluster.local\n");
        Write($"{sandbox.Root("master01")}/var/log/pods/ns_pod_0/app/0.log", $"2026-11-28T23:50:07.5Z stdout F {encoded[120..300]}\n");

        var files = await DiagnoseAsync(sandbox);

        Assert.Equal("(a private key, left out)\n", files["rendered/assets/tls/apiserver.key"]);
        Assert.Contains("subject: C=SG", files["rendered/assets/tls/apiserver.crt"]);
        Assert.Equal("kind: Secret\ndata:\n  apiserver.key: ***\n", files["rendered/assets/manifests/kube-apiserver-secret.yaml"]);
        Assert.Equal("clusterDomain: cluster.local\n", files["rendered/nodes/master01/etc/kubernetes/kubelet.yaml"]);
        Assert.StartsWith("Left out: it held a secret (.cluster/", files["nodes/master01/logs/ns_pod/app-0.log"], StringComparison.Ordinal);
        Assert.Contains("nodes/master01/logs/ns_pod/app-0.log held a secret", files["SUMMARY.txt"]);
        var lines = Directory.GetFiles(paths.Pki, "*.key").SelectMany(File.ReadAllLines).Where(line => line.Length == 64).ToList();
        Assert.NotEmpty(lines);
        Assert.All(files.Values, text => Assert.DoesNotContain(lines, line => text.Contains(line, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Nothing_is_changed_on_a_node()
    {
        await using var sandbox = await WithMachinesAsync("master01");
        Write($"{sandbox.Root("master01")}/etc/kubernetes/manifests/x.yaml", "x");
        var before = Directory.GetFileSystemEntries(sandbox.Root("master01"), "*", SearchOption.AllDirectories).Order().ToList();

        await DiagnoseAsync(sandbox);

        Assert.Equal(before, Directory.GetFileSystemEntries(sandbox.Root("master01"), "*", SearchOption.AllDirectories).Order());
        Assert.All(sandbox.Systemctl("master01").TakeCalls(), call => Assert.StartsWith("--failed", call, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_nothing_was_made_yet_it_says_so()
    {
        await using var sandbox = await SandboxCluster.StartAsync("master01");

        var files = await DiagnoseAsync(sandbox);

        Assert.Contains("  - No machine exists yet. ./build.sh Bootstrap makes them", files["SUMMARY.txt"]);
        Assert.Contains("There is no ", files["host/state.txt"]);
    }
}
