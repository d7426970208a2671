using KubePivot.Assets;
using KubePivot.Nodes;

namespace KubePivot.Tests.Nodes;

public class NodeChangesTests
{
    private static readonly NodeFile Kubelet = new("/etc/kubernetes/kubelet.yaml", "0644", "root:root", "aa", ["kubelet.service"]);
    private static readonly NodeFile Unit = new("/etc/systemd/system/etcd.service", "0644", "root:root", "bb", ["etcd.service"]);
    private static readonly NodeTreeManifest Tree = new("master01", [Kubelet, Unit], ["etcd.service", "kubelet.service"]);

    private static NodeState Equal => new(
        Tree.Files.ToDictionary(file => file.Path, file => new FoundFile(file.Mode.TrimStart('0'), file.Owner, file.Sha256)),
        AppliedRecord.Of(Tree),
        "",
        true,
        Tree.Units.ToDictionary(unit => unit, unit => Found(unit, "active (running)")),
        "HTTP/1.0 200 OK",
        "HTTP/1.1 200 OK");

    private static FoundUnit Found(string name, string state) => new(name, state, "success", 0, false, true, false, true);

    private static NodeState With(NodeFile file, FoundFile found) => Equal with { Files = new Dictionary<string, FoundFile>(Equal.Files) { [file.Path] = found } };

    [Fact]
    public void A_node_that_equals_its_tree_has_no_changes() => Assert.True(NodeChanges.Between(Tree, Equal).None);

    [Theory]
    [InlineData("644", "root:root", "cc")]
    [InlineData("600", "root:root", "aa")]
    [InlineData("644", "daemon:root", "aa")]
    [InlineData("644", "root:root", null)]
    public void A_file_that_differs_in_content_mode_owner_or_kind_is_written_and_its_unit_restarted(string mode, string owner, string? sha256)
    {
        var changes = NodeChanges.Between(Tree, With(Kubelet, new FoundFile(mode, owner, sha256)));

        Assert.Equal([Kubelet], changes.Write);
        Assert.Equal(["kubelet.service"], changes.Restart);
        Assert.Equal((false, false), (changes.Reload, changes.NoFiles));
        Assert.Contains("restart kubelet.service", changes.During.Lines());
    }

    [Fact]
    public void A_changed_unit_file_makes_systemd_read_its_files_again() =>
        Assert.True(NodeChanges.Between(Tree, With(Unit, new FoundFile("644", "root:root", "old"))).Reload);

    [Fact]
    public void A_fresh_node_gets_everything_and_units_are_started_in_order_not_restarted()
    {
        var changes = NodeChanges.Between(Tree, NodeState.Parse("== stat\n== sha256\n== applied\n== payload\n\n== etcd-data\n== units\nId=etcd.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n\n== kubelet\nConnection refused\n== etcd\nConnection refused\n== end\n"));

        Assert.Equal(Tree.Files, changes.Write);
        Assert.Equal(Tree.Units, changes.Start);
        Assert.Equal(Tree.Units, changes.Enable);
        Assert.Empty(changes.Restart);
    }

    [Fact]
    public void A_file_of_an_earlier_tree_is_removed_its_unit_stopped_and_the_record_lists_it_until_it_is_gone()
    {
        var old = new Dictionary<string, IReadOnlyList<string>>(Equal.Applied.Files) { ["/etc/systemd/system/old.service"] = [], ["/etc/kubernetes/old"] = ["kubelet.service"] };

        var changes = NodeChanges.Between(Tree, Equal with { Applied = Equal.Applied with { Files = old } });

        Assert.Equal(["/etc/kubernetes/old", "/etc/systemd/system/old.service"], changes.Remove);
        Assert.Equal(["old.service"], changes.Stop);
        Assert.Equal(["kubelet.service"], changes.Restart);
        Assert.Contains("file /etc/kubernetes/old kubelet.service", changes.During.Lines());
        Assert.DoesNotContain("file /etc/kubernetes/old kubelet.service", changes.Settled.Lines());
    }

    [Fact]
    public void A_restart_that_a_killed_build_left_pending_is_made_up_for()
    {
        var changes = NodeChanges.Between(Tree, Equal with { Applied = Equal.Applied with { PendingRestarts = ["etcd.service"], PendingReload = true } });

        Assert.Equal(["etcd.service"], changes.Restart);
        Assert.True(changes.Reload && changes.NoFiles && !changes.None);
    }

    [Fact]
    public void The_record_reads_what_it_writes()
    {
        var record = AppliedRecord.Of(Tree) with { PendingRestarts = ["etcd.service"], PendingReload = true };

        Assert.Equal(record.Lines(), AppliedRecord.Parse(record.Lines()).Lines());
    }

    [Fact]
    public void A_folder_that_holds_a_secret_is_its_owners_alone()
    {
        var files = new[] { Kubelet, new NodeFile("/etc/etcd/pki/server.key", "0600", "etcd:etcd", "cc", []), new NodeFile("/etc/etcd/etcd.yaml", "0644", "etcd:etcd", "dd", []) };

        Assert.Equal(
            [("/etc", "0755", "root:root"), ("/etc/etcd", "0755", "root:root"), ("/etc/etcd/pki", "0700", "etcd:etcd"), ("/etc/kubernetes", "0755", "root:root")],
            NodeFilesWriter.Folders(files));
    }
}
