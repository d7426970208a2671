using Bootkube.Assets;
using Bootkube.Pivot;
using KubePivot;

namespace Bootkube.Tests;

public sealed class TemporaryControlPlaneTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bootkube-").FullName;

    public TemporaryControlPlaneTests()
    {
        Write("assets/auth/kubeconfig", "x");
        Write("assets/tls/ca.crt", "certificate");
        Write("assets/tls/ca.key", "key");
        Write("assets/manifests/a.yaml", "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }");
        Write("assets/bootstrap-manifests/bootstrap-apiserver.yaml", "{ apiVersion: v1, kind: Pod, metadata: { name: bootstrap-apiserver, namespace: kube-system } }");
        Write("assets/bootstrap-manifests/bootstrap-scheduler.yaml", "{ apiVersion: v1, kind: Pod, metadata: { name: bootstrap-scheduler, namespace: kube-system } }");
    }

    private string Root => Path.Combine(folder, "root");

    [Fact]
    public void Keys_are_for_root_alone_and_nothing_half_written_stays()
    {
        var temporary = Load();

        Assert.Equal("bootstrap-apiserver.yaml written, bootstrap-scheduler.yaml written", temporary.PutInPlace());

        Assert.True(temporary.IsInPlace);
        Assert.Equal("bootstrap-apiserver", temporary.ApiServer.Name);
        var key = Path.Combine(Root, "etc/kubernetes/bootstrap-secrets/ca.key");
        Assert.Equal("key", File.ReadAllText(key));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        }

        Assert.Equal(["bootstrap-secrets", "manifests"], Directory.GetFileSystemEntries(Path.Combine(Root, "etc/kubernetes")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Leftovers_that_are_equal_stay_untouched_and_others_are_replaced()
    {
        var temporary = Load();
        temporary.PutInPlace();
        var (kept, other) = (Path.Combine(Root, "etc/kubernetes/manifests/bootstrap-apiserver.yaml"), Path.Combine(Root, "etc/kubernetes/manifests/bootstrap-scheduler.yaml"));
        File.SetLastWriteTimeUtc(kept, DateTime.UnixEpoch);
        File.WriteAllText(other, "half");

        Assert.Equal("bootstrap-apiserver.yaml adopted, bootstrap-scheduler.yaml replaced", Load().PutInPlace());

        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(kept));
        Assert.Contains("bootstrap-scheduler", File.ReadAllText(other));
    }

    [Fact]
    public void Removing_leaves_static_pods_of_others_alone()
    {
        var temporary = Load();
        temporary.PutInPlace();
        Write("root/etc/kubernetes/manifests/checkpointer.yaml", "x");

        temporary.Remove(temporary.Pods);
        Assert.False(temporary.IsInPlace);
        Assert.True(temporary.HasTraces);
        temporary.RemoveSecrets();

        Assert.False(temporary.HasTraces);
        Assert.Equal("checkpointer.yaml", Path.GetFileName(Assert.Single(Directory.GetFiles(Path.Combine(Root, "etc/kubernetes/manifests")))));
        Assert.False(Directory.Exists(Path.Combine(Root, "etc/kubernetes/bootstrap-secrets")));
    }

    [Fact]
    public void All_that_a_tree_lacks_is_told_at_once()
    {
        Directory.Delete(Path.Combine(folder, "assets/tls"), recursive: true);
        File.Delete(Path.Combine(folder, "assets/auth/kubeconfig"));

        var refused = Assert.Throws<InvalidInputException>(Load);

        Assert.Contains("auth/kubeconfig: is missing", refused.Message);
        Assert.Contains("tls: holds no files", refused.Message);
    }

    [Theory]
    [InlineData("/kubepods/burstable/pod0f1e2d/abc", true)]
    [InlineData("/kubepods.slice/kubepods-burstable-pod0f1e2d.slice/x", true)]
    [InlineData("/kubepods/burstable/pod0f1e2e/abc", false)]
    public void Processes_of_a_pod_are_known_by_their_control_group(string group, bool found)
    {
        Write("root/proc/17/cgroup", $"4:memory:{group}\n");
        Write("root/proc/self/cgroup", "4:memory:/kubepods/burstable/pod0f1e2d/abc\n");
        Directory.CreateDirectory(Path.Combine(Root, "proc/18"));

        Assert.Equal(found, new PodProcesses(Root).Any("0f1e2d"));
    }

    [Fact]
    public void A_static_pod_is_known_before_the_API_shows_its_mirror()
    {
        Write("root/var/log/pods/kube-system_bootstrap-kube-scheduler-master01_0f1e2d/kube-scheduler/0.log", "");
        Write("root/var/log/pods/kube-system_bootstrap-kube-apiserver-master01_abc/kube-apiserver/0.log", "");

        Assert.Equal([("bootstrap-kube-scheduler-master01", "0f1e2d")], new ContainerLogs(Root).Pods("kube-system", "bootstrap-kube-scheduler"));
    }

    [Fact]
    public void The_newest_log_of_a_pod_tells_its_restarts_and_last_words()
    {
        var logs = new ContainerLogs(Root);
        Assert.Null(logs.Newest("kube-system", "bootstrap-apiserver"));
        Write("root/var/log/pods/kube-system_bootstrap-apiserver-master01_abc/kube-apiserver/0.log", "2026-01-01T00:00:00Z stderr F old\n");
        Write("root/var/log/pods/kube-system_bootstrap-apiserver-master01_abc/kube-apiserver/3.log", "2026-01-01T00:00:01Z stderr F etcd is away\n");
        File.SetLastWriteTimeUtc(Path.Combine(Root, "var/log/pods/kube-system_bootstrap-apiserver-master01_abc/kube-apiserver/0.log"), DateTime.UnixEpoch);

        var newest = logs.Newest("kube-system", "bootstrap-apiserver");

        Assert.Equal(3, newest?.Restarts);
        Assert.Equal(["etcd is away"], ContainerLogs.LastLines(newest!.Value.File, 5));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private TemporaryControlPlane Load() => new(AssetTree.Load(Path.Combine(folder, "assets"), withTemporaryControlPlane: true), Root);

    private void Write(string file, string text)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
