using Bootkube.Checkpoint;

namespace Bootkube.Tests.Checkpoint;

public sealed class CopyStoreTests : IDisposable
{
    private static readonly CopyKey Key = new("kube-system", "kube-apiserver");

    private readonly string root = Directory.CreateTempSubdirectory("checkpoint-").FullName;

    private readonly List<string> told = [];

    private CopyStore Store => new(root);

    [Fact]
    public void A_new_copy_lies_where_the_kubelet_does_not_run_it_with_its_secrets_for_their_owner_alone()
    {
        Store.Write(Copy("first"), active: false);

        Assert.Equal(["checkpoint-secrets", "inactive-manifests"], Directory.GetFileSystemEntries(On("/etc/kubernetes")).Select(Path.GetFileName).Order());
        var copy = Assert.Single(Store.Load(told.Add));
        Assert.False(copy.IsActive);
        Assert.True(copy.HasFolders);
        var key = Path.Combine(On(copy.Folders.Single()), "sub/tls.key");
        Assert.Equal("key of first", File.ReadAllText(key));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(On("/etc/kubernetes/inactive-manifests/kube-system_kube-apiserver.json")));
            for (var folder = Path.GetDirectoryName(key)!; folder != On("/etc/kubernetes"); folder = Path.GetDirectoryName(folder)!)
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
            }
        }
    }

    [Fact]
    public void A_copy_goes_to_the_kubelet_and_back_and_away()
    {
        Store.Write(Copy("first"), active: false);
        Store.Activate(Key);
        Assert.True(Assert.Single(Store.Load(told.Add)).IsActive);
        Store.Deactivate(Key);
        Assert.False(Assert.Single(Store.Load(told.Add)).IsActive);
        Store.Remove(Key);
        Assert.Empty(Store.Load(told.Add));
        Store.Sweep([]);
        Assert.Empty(Directory.GetFileSystemEntries(On("/etc/kubernetes/checkpoint-secrets")));
        Assert.Empty(told);
    }

    [Fact]
    public void What_earlier_revisions_and_a_kill_have_left_is_swept_and_nothing_else()
    {
        Store.Write(Copy("first"), active: false);
        Store.Write(Copy("second"), active: false);
        Put("/etc/kubernetes/inactive-manifests/kube-system_kube-apiserver.json.new", "{ half");
        Put("/etc/kubernetes/checkpoint-secrets/kube-system/kube-apiserver-x/keys/0123456789abcdef.new/tls.key", "half");
        Put("/etc/kubernetes/manifests/somebody-elses.yaml", "x");

        Store.Sweep(Store.Load(told.Add));

        var copy = Assert.Single(Store.Load(told.Add));
        Assert.Equal("second", copy.ParentName);
        Assert.Equal([On(copy.Folders.Single())], Directory.GetDirectories(On("/etc/kubernetes/checkpoint-secrets"), "????????????????*", SearchOption.AllDirectories).Where(folder => Path.GetFileName(Path.GetDirectoryName(folder)) == "keys"));
        Assert.Equal(["kube-system_kube-apiserver.json"], Directory.GetFiles(On("/etc/kubernetes/inactive-manifests")).Select(Path.GetFileName));
        Assert.Equal(["somebody-elses.yaml"], Directory.GetFiles(On("/etc/kubernetes/manifests")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_folder_that_was_not_finished_is_made_anew_and_one_that_is_missing_is_told_of()
    {
        var made = Copy("first");
        Put(made.Folders[0].Path + ".new/tls.key", "half");
        Store.Write(made, active: false);
        Assert.Equal(["tls.key"], Directory.GetFiles(On(made.Folders[0].Path), "*", SearchOption.AllDirectories).Select(Path.GetFileName));

        Directory.Delete(On(made.Folders[0].Path), recursive: true);
        Assert.False(Assert.Single(Store.Load(told.Add)).HasFolders);
    }

    [Fact]
    public void Of_two_copies_the_active_one_counts_and_a_file_that_is_cut_off_is_removed()
    {
        Store.Write(Copy("first"), active: true);
        Store.Write(Copy("second"), active: false);
        Put("/etc/kubernetes/inactive-manifests/kube-system_other.json", """{ "metadata": { "na""");

        var copy = Assert.Single(Store.Load(told.Add));

        Assert.Equal("first", copy.ParentName);
        Assert.Equal(2, told.Count);
        Assert.Empty(Directory.GetFiles(On("/etc/kubernetes/inactive-manifests")));
    }

    [Fact]
    public void A_static_pod_of_somebody_else_is_no_copy_whatever_its_files_name()
    {
        Put("/etc/kubernetes/manifests/kube-system_mine.json", """{ "metadata": { "name": "mine" } }""");

        Assert.Empty(Store.Load(told.Add));
        Assert.True(File.Exists(On("/etc/kubernetes/manifests/kube-system_mine.json")));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static CopyManifest Copy(string pod)
    {
        var folder = HeldFolder.Of(new(ObjectReference.Secret, "keys"), "kube-system", pod, new Dictionary<string, byte[]> { ["sub/tls.key"] = System.Text.Encoding.UTF8.GetBytes($"key of {pod}") }, owner: 0);
        return new(
            Key,
            $$"""{ "metadata": { "name": "{{pod}}", "annotations": { "{{Annotations.CopyOf}}": "{{pod}}" } }, "spec": { "volumes": [{ "name": "keys", "hostPath": { "path": "{{folder.Path}}" } }] } }""",
            [folder]);
    }

    private string On(string path) => Path.Join(root, path);

    private void Put(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(On(path))!);
        File.WriteAllText(On(path), content);
    }
}
