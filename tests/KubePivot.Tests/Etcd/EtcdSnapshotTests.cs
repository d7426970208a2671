using System.Security.Cryptography;
using KubePivot.Configuration;
using KubePivot.Etcd;
using KubePivot.Pki;

namespace KubePivot.Tests.Etcd;

public sealed class EtcdSnapshotTests : IDisposable
{
    private static readonly DateTimeOffset Taken = new(2026, 11, 28, 20, 45, 0, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kubepivot-backup-");

    private string Backup => Path.Combine(folder.FullName, "etcd.db");

    private static Cluster Cluster => new(ClusterDefaults.Spec, "/checkout/cluster.yaml", MachineProvider.Lxc);

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void What_the_node_says_of_a_snapshot_is_read()
    {
        var (snapshot, file) = EtcdSnapshot.Parse(
            "Status={\"hash\":3067447236,\"revision\":1234,\"totalKey\":567,\"totalSize\":2949120}\nSha256=ab\nBytes=2949152\nEtcd=3.4.23\nFile=/var/lib/kubepivot/etcd-snapshot.db\n", "tds", "master01", Taken);

        Assert.Equal(new EtcdSnapshot("tds", Taken, "master01", "3.4.23", 1234, 567, "ab", 2949152), snapshot);
        Assert.Equal("/var/lib/kubepivot/etcd-snapshot.db", file);
        Assert.Equal("2026-11-28 20:45Z, revision 1234, 567 keys, 2.8 MiB", $"{snapshot}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Status=\nSha256=ab\nBytes=1\nEtcd=3\nFile=/x")]
    [InlineData("Status={}\nSha256=ab\nBytes=1\nEtcd=3\nFile=/x")]
    public void Anything_else_is_said_to_be_no_description(string text) => Assert.Throws<FormatException>(() => EtcdSnapshot.Parse(text, "tds", "master01", Taken));

    [Fact]
    public void A_backup_is_known_again_by_its_description()
    {
        var saved = Save("tds");

        Assert.Equivalent(saved, EtcdSnapshot.Load(Backup, Cluster));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(EtcdSnapshot.DescriptionOf(Backup)));
        }
    }

    [Fact]
    public void A_backup_of_an_older_version_names_no_keys()
    {
        File.WriteAllText(Backup, "data");
        File.WriteAllText(
            EtcdSnapshot.DescriptionOf(Backup),
            $$"""{"cluster":"tds","taken":"2026-11-28T20:45:00+00:00","node":"master01","etcd":"3.4.23","revision":1234,"keys":567,"sha256":"{{Sha256}}","bytes":4}""");

        Assert.Empty(EtcdSnapshot.Load(Backup, Cluster).EncryptionKeys);
    }

    [Fact]
    public void A_snapshot_of_etcdctls_own_making_needs_no_description()
    {
        File.WriteAllText(Backup, "data");

        Assert.Equal(Sha256, EtcdSnapshot.Load(Backup, Cluster).Sha256);
    }

    [Fact]
    public void A_backup_that_was_altered_is_refused_with_both_hashes()
    {
        Save("tds");
        File.AppendAllText(Backup, "!");

        var refusal = Assert.Throws<InvalidInputException>(() => EtcdSnapshot.Load(Backup, Cluster));

        Assert.Contains("is not what was backed up", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(Sha256, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_clusters_backup_is_refused()
    {
        Save("other");

        Assert.Contains("a backup of the cluster 'other'", Assert.Throws<InvalidInputException>(() => EtcdSnapshot.Load(Backup, Cluster)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backup_whose_Secrets_nobody_could_read_is_refused_until_their_key_is_found()
    {
        var paths = new ClusterPaths(folder.FullName);
        var old = EncryptionKeys.ForNewCluster();
        var keys = new EncryptionKeyFile(paths);
        keys.Save(EncryptionKeys.ForNewCluster(), Taken);
        var saved = Save("tds") with { EncryptionKeys = [old.Write.Name] };
        saved.Save(Backup);
        Assert.Equal([old.Write.Name], EtcdSnapshot.Load(Backup, Cluster).EncryptionKeys);

        var refusal = Assert.Throws<InvalidInputException>(() => saved.ThrowIfUnreadable(Backup, keys));
        Assert.Contains($"are encrypted with {old.Write.Name}, which is neither", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(old.Write.Secret, refusal.Message, StringComparison.Ordinal);

        Directory.CreateDirectory($"{paths.Pki}-20260101T000000Z");
        File.WriteAllText(Path.Combine($"{paths.Pki}-20260101T000000Z", EncryptionKeyFile.Name), old.ToText());
        saved.ThrowIfUnreadable(Backup, keys);
    }

    [Fact]
    public void A_description_that_is_none_is_refused_by_name()
    {
        Save("tds");
        File.WriteAllText(EtcdSnapshot.DescriptionOf(Backup), "{");

        Assert.Contains("does not describe a backup", Assert.Throws<InvalidInputException>(() => EtcdSnapshot.Load(Backup, Cluster)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backup_that_is_not_there_is_refused() =>
        Assert.Contains("there is no file", Assert.Throws<InvalidInputException>(() => EtcdSnapshot.Load(Backup, Cluster)).Message, StringComparison.Ordinal);

    private static string Sha256 => Convert.ToHexStringLower(SHA256.HashData("data"u8));

    private EtcdSnapshot Save(string cluster)
    {
        File.WriteAllText(Backup, "data");
        var snapshot = new EtcdSnapshot(cluster, Taken, "master01", "3.4.23", 1234, 567, Sha256, 4);
        snapshot.Save(Backup);
        return snapshot;
    }
}
