using KubePivot.Pki;

namespace KubePivot.Tests.Pki;

public sealed class PkiStateTests : IDisposable
{
    private readonly PkiOnDisk pki = new();

    [Fact]
    public void No_pki_has_an_empty_fingerprint() => Assert.Equal("", PkiState.Fingerprint(pki.Paths, pki.Clock));

    [Fact]
    public void The_fingerprint_holds_until_a_file_changes()
    {
        pki.Generate();
        var before = PkiState.Fingerprint(pki.Paths, pki.Clock);

        pki.Generate();
        Assert.Equal(before, PkiState.Fingerprint(pki.Paths, pki.Clock));

        File.Delete(pki.PathOf("admin.key"));
        Assert.NotEqual(before, PkiState.Fingerprint(pki.Paths, pki.Clock));
    }

    [Fact]
    public void The_fingerprint_changes_when_a_certificate_becomes_due()
    {
        pki.Generate();
        var before = PkiState.Fingerprint(pki.Paths, pki.Clock);

        pki.Clock.Advance(TimeSpan.FromDays(334));
        Assert.Equal(before, PkiState.Fingerprint(pki.Paths, pki.Clock));

        pki.Clock.Advance(TimeSpan.FromDays(1));
        Assert.NotEqual(before, PkiState.Fingerprint(pki.Paths, pki.Clock));
    }

    [Fact]
    public void The_fingerprint_changes_when_a_change_was_interrupted()
    {
        pki.Generate();
        var before = PkiState.Fingerprint(pki.Paths, pki.Clock);

        Directory.CreateDirectory($"{pki.Paths.Pki}.next");
        File.WriteAllText($"{pki.Paths.Pki}.next/journal.json", "{}");

        Assert.NotEqual(before, PkiState.Fingerprint(pki.Paths, pki.Clock));
    }

    [Fact]
    public void Certificates_are_listed_with_what_is_left_of_them()
    {
        pki.Generate();
        File.WriteAllText(pki.PathOf("broken.crt"), "rubbish");
        pki.Clock.Advance(TimeSpan.FromDays(340.5));

        var expiries = PkiState.Expiries(pki.Paths, pki.Clock);

        Assert.Equal(20, expiries.Count);
        var admin = expiries.Single(expiry => expiry.Name == "admin");
        Assert.Equal((24, true, "O=system:masters, CN=kubernetes-admin"), (admin.DaysLeft, admin.IsDue, admin.Subject));
        Assert.Equal(PkiOnDisk.Start.AddDays(365), admin.NotAfter);
        Assert.Equal(["ca", "etcd-ca", "front-proxy-ca"], expiries.TakeLast(3).Select(expiry => expiry.Name).Order());
        Assert.False(expiries[^1].IsDue);
    }

    [Fact]
    public void The_pki_is_handed_out_by_name()
    {
        pki.Generate();

        var loaded = ClusterPki.Load(pki.Paths, pki.Cluster);

        Assert.Equal(File.ReadAllText(pki.PathOf("kubelet-client-worker01.crt")), loaded.Certificate("kubelet-client-worker01"));
        Assert.Equal(File.ReadAllText(pki.PathOf("etcd-master02.key")), loaded.Key("etcd-master02"));
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----", loaded.PublicKeys("service-account"), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => loaded.Certificate("nobody"));
        pki.Generate(PkiChange.Leaves);
        Assert.NotEqual(loaded.Fingerprint, ClusterPki.Load(pki.Paths, pki.Cluster).Fingerprint);
    }

    [Fact]
    public void An_incomplete_pki_is_not_handed_out()
    {
        pki.Generate();
        File.Delete(pki.PathOf("admin.key"));

        Assert.Contains("admin.key missing. Run ./build.sh GeneratePki.", Assert.Throws<PkiException>(() => ClusterPki.Load(pki.Paths, pki.Cluster)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => pki.Dispose();
}
