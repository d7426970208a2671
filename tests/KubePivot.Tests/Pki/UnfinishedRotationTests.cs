using KubePivot.Pki;

namespace KubePivot.Tests.Pki;

public sealed class UnfinishedRotationTests : IDisposable
{
    private readonly PkiOnDisk pki = new();

    private IReadOnlyList<UnfinishedRotation> Found => UnfinishedRotation.Find(pki.Paths, pki.Cluster);

    [Fact]
    public void There_is_none_before_there_is_a_PKI_and_none_in_a_new_one()
    {
        Assert.Empty(Found);

        pki.Generate();

        Assert.Empty(Found);
    }

    [Fact]
    public void A_rotation_of_authorities_is_told_until_the_cluster_has_dropped_the_old_ones()
    {
        pki.Generate();
        pki.Generate(PkiChange.TrustNext);
        Assert.Equal([new("authorities", "new ones are trusted beside those that are used", "./build.sh RenewCertificates --rotate-ca")], Found);

        pki.Generate(PkiChange.SwitchToNext);
        Assert.Equal("new ones are used, the old ones still trusted", Assert.Single(Found).State);

        var dropped = new DroppedAuthorities(pki.Paths);
        dropped.Begin(PkiOnDisk.Start, TimeSpan.FromMinutes(5), "fingerprint");
        pki.Generate(PkiChange.DropPrevious);
        Assert.Equal("the old ones are being dropped", Assert.Single(Found).State);

        dropped.End();
        Assert.Empty(Found);
    }

    [Fact]
    public void A_rotation_of_the_encryption_key_is_told_until_the_old_one_is_forgotten()
    {
        pki.Generate();
        var file = new EncryptionKeyFile(pki.Paths);
        var told = new List<string>();
        for (var keys = file.Load().Next(); keys.Phase != EncryptionPhase.Settled; keys = keys.Next())
        {
            file.Save(keys, PkiOnDisk.Start);
            var rotation = Assert.Single(Found);
            Assert.Equal("./build.sh RotateEncryptionKey", rotation.Command);
            told.Add(rotation.State);
        }

        Assert.Equal(["API servers learn to read with the new one", "Secrets are written again with the new one", "API servers forget the old one"], told);
    }

    public void Dispose() => pki.Dispose();
}
