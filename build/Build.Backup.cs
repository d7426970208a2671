using KubePivot;
using KubePivot.Etcd;
using KubePivot.Pki;
using KubePivot.Stages;
using Nuke.Common;
using Nuke.Common.IO;

partial class Build
{
    [Parameter("Backup: the folder for the snapshot. Default is backups, beside cluster.yaml")]
    readonly AbsolutePath BackupTo = RootDirectory / "backups";

    [Parameter("Restore: the snapshot that Backup wrote")]
    readonly AbsolutePath? Snapshot;

    EtcdSnapshot? checkedSnapshot;

    Target Backup => _ => _
        .Description("Writes a snapshot of etcd, all that the cluster knows, with its hash")
        .Executes(() => new BackupStage(Context, BackupTo).RunAsync());

    Target Restore => _ => _
        .Description("Brings the cluster back from a snapshot, on machines that run or on new ones")
        .DependsOn(CopyAssets)
        .Executes(() => new RestoreStage(Context, SnapshotFile, CheckedSnapshot, Confirmation).RunAsync())
        .Executes(() => TakeBackEncryptionKeysAsync(CheckedSnapshot.EncryptionKeys))
        .Executes(() => new StartBootkubeStage(Context).RunAsync())
        .Executes(UntilReadyAsync);

    string SnapshotFile => Snapshot ?? throw new InvalidInputException("Restore needs a backup: ./build.sh Restore --snapshot FILE. ./build.sh Backup writes one.");

    /// <summary>Asked for before anything runs, for a bad backup changes nothing; then it is known.</summary>
    EtcdSnapshot CheckedSnapshot => checkedSnapshot ??= CheckSnapshot();

    EtcdSnapshot CheckSnapshot()
    {
        var snapshot = EtcdSnapshot.Load(SnapshotFile, Context.Cluster);
        snapshot.ThrowIfUnreadable(SnapshotFile, new EncryptionKeyFile(Paths));
        return snapshot;
    }
}
