using KubePivot.Pki;

namespace KubePivot.Tests.Pki;

/// <summary>What GeneratePki and the rotation do to the file of the encryption keys.</summary>
public sealed class EncryptionKeyFileTests : IDisposable
{
    private readonly PkiOnDisk pki = new();

    private EncryptionKeyFile KeyFile => new(pki.Paths);

    [Fact]
    public void A_new_PKI_has_a_key_for_its_owner_alone()
    {
        pki.Generate();

        Assert.Equal(EncryptionPhase.Settled, KeyFile.Load().Phase);
        Assert.False(KeyFile.Load().Write.IsIdentity);
        Assert.Equal(KeyFile.Load().Keys, ClusterPki.Load(pki.Paths, pki.Cluster).Encryption.Keys);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(pki.PathOf(EncryptionKeyFile.Name)));
        }
    }

    [Fact]
    public void A_PKI_older_than_encryption_gets_a_key_that_is_read_with_and_is_told_to_rotate()
    {
        pki.Generate();
        File.Delete(pki.PathOf(EncryptionKeyFile.Name));

        pki.Generate();

        Assert.True(KeyFile.Load().Write.IsIdentity);
        Assert.Equal(EncryptionPhase.Added, KeyFile.Load().Phase);
        Assert.Contains(pki.Reporter.Lines, line => line.StartsWith("warning: Secrets are not encrypted in etcd", StringComparison.Ordinal) && line.Contains("RotateEncryptionKey", StringComparison.Ordinal));
    }

    [Fact]
    public void A_lost_file_of_a_cluster_that_was_rendered_with_it_is_never_made_anew()
    {
        pki.Generate();
        File.Delete(pki.PathOf(EncryptionKeyFile.Name));
        var rendered = Path.Combine(pki.Paths.Assets, "tls", "encryption-config.yaml");
        Directory.CreateDirectory(Path.GetDirectoryName(rendered)!);
        File.WriteAllText(rendered, "");

        AssertRefused($"is missing, but {rendered}");
    }

    [Theory]
    [InlineData("rubbish", "is damaged: line 1")]
    [InlineData("", "must hold exactly one key")]
    public void A_damaged_file_is_refused_by_name_whatever_is_asked(string content, string flaw)
    {
        pki.Generate();
        File.WriteAllText(pki.PathOf(EncryptionKeyFile.Name), content);

        AssertRefused(flaw);
        Assert.Contains(pki.PathOf(EncryptionKeyFile.Name), Assert.Throws<PkiException>(() => KeyFile.Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unfinished_rotation_is_told()
    {
        pki.Generate();
        KeyFile.Save(KeyFile.Load().Next(), PkiOnDisk.Start);

        pki.Generate();

        Assert.Contains(pki.Reporter.Lines, line => line.Contains("is not finished", StringComparison.Ordinal));
    }

    [Fact]
    public void The_old_key_is_kept_aside_and_found_there_by_name()
    {
        pki.Generate();
        var old = KeyFile.Load().Write;
        var dropped = KeyFile.Load().Next().Next().Next();
        KeyFile.Save(dropped, PkiOnDisk.Start);

        var aside = KeyFile.Save(dropped.Next(), PkiOnDisk.Start, keepAside: true);

        Assert.Equal(Assert.Single(pki.Aside), aside);
        Assert.Equal([dropped.Write.Name], KeyFile.NamesInUse());
        var found = KeyFile.Find([old.Name, dropped.Write.Name, "key-of-nobody"]);
        Assert.Equal([(dropped.Write.Name, dropped.Write.Secret), (old.Name, old.Secret)], found.Select(key => (key.Name, key.Secret)));
    }

    public void Dispose() => pki.Dispose();

    private void AssertRefused(string flaw)
    {
        var before = pki.Contents();
        foreach (var change in new[] { PkiChange.WhatIsNeeded, PkiChange.Leaves, PkiChange.Everything })
        {
            var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => pki.Generate(change)).Problems);
            Assert.Equal(pki.PathOf(EncryptionKeyFile.Name), problem.Path);
            Assert.Contains(flaw, problem.Rule, StringComparison.Ordinal);
            Assert.Contains("put the right file back", problem.Rule, StringComparison.Ordinal);
        }

        Assert.Equal(before, pki.Contents());
        Assert.Empty(pki.Aside);
    }
}
