using KubePivot.Configuration;
using KubePivot.Pki;

namespace KubePivot.Tests.Pki;

/// <summary>Damaged and foreign files are named, with the remedy, and never overwritten.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly PkiOnDisk pki = new();

    public RefusalTests() => pki.Generate();

    [Theory]
    [InlineData("apiserver.crt", "is no certificate in PEM form", "move both files")]
    [InlineData("apiserver.key", "is no private key in PEM form", "move both files")]
    [InlineData("ca.crt", "is no certificate in PEM form", "--rotate-ca")]
    [InlineData("etcd-ca.key", "is no private key in PEM form", "--rotate-ca")]
    [InlineData("service-account.key", "is no private key in PEM form", "--rotate-ca")]
    [InlineData("service-account.pub", "does not belong to service-account.key", "--rotate-ca")]
    public void A_damaged_file_is_refused(string file, string flaw, string remedy)
    {
        File.WriteAllText(pki.PathOf(file), "-----BEGIN RUBBISH-----\n");

        AssertRefused(file, flaw, remedy);
    }

    [Theory]
    [InlineData("admin.key", "kubelet.key", "does not belong to admin.crt")]
    [InlineData("ca.key", "etcd-ca.key", "does not belong to ca.crt")]
    public void A_key_of_another_certificate_is_refused(string file, string other, string flaw)
    {
        File.Copy(pki.PathOf(other), pki.PathOf(file), overwrite: true);

        AssertRefused(file, flaw, "GeneratePki");
    }

    [Theory]
    [InlineData("ca.crt")]
    [InlineData("ca.key")]
    [InlineData("service-account.key")]
    public void A_lost_half_of_an_authority_or_of_the_service_account_key_is_refused(string file)
    {
        File.Delete(pki.PathOf(file));

        AssertRefused(file, "is missing", "--rotate-ca");
    }

    [Fact]
    public void A_lost_authority_whose_certificates_are_there_is_refused()
    {
        File.Delete(pki.PathOf("etcd-ca.crt"));
        File.Delete(pki.PathOf("etcd-ca.key"));

        AssertRefused("etcd-ca.crt", "is missing, but 8 files of certificates that it issued", "--rotate-ca");
    }

    [Fact]
    public void A_certificate_of_another_authority_is_refused()
    {
        using var foreign = new PkiOnDisk();
        foreign.Generate();
        File.Copy(foreign.PathOf("admin.crt"), pki.PathOf("admin.crt"), overwrite: true);
        File.Copy(foreign.PathOf("admin.key"), pki.PathOf("admin.key"), overwrite: true);

        AssertRefused("admin.crt", "is not signed by ca.crt", "move both files");
    }

    [Fact]
    public void A_leaf_in_the_place_of_an_authority_is_refused()
    {
        File.Copy(pki.PathOf("admin.crt"), pki.PathOf("ca.crt"), overwrite: true);
        File.Copy(pki.PathOf("admin.key"), pki.PathOf("ca.key"), overwrite: true);

        AssertRefused("ca.crt", "is not the certificate of an authority", "--rotate-ca");
    }

    [Fact]
    public void An_expired_authority_is_refused()
    {
        pki.Clock.Advance(TimeSpan.FromDays(3651));

        AssertRefused("ca.crt", "expired 2039-12-30", "--rotate-ca");
        pki.Generate(PkiChange.Everything);
    }

    [Fact]
    public void An_authority_from_the_future_makes_one_look_at_the_clock()
    {
        using var early = new PkiOnDisk();
        early.Clock.Advance(TimeSpan.FromDays(1));
        early.Generate();
        foreach (var (file, content) in early.Contents())
        {
            File.WriteAllText(pki.PathOf(file), content);
        }

        AssertRefused("ca.crt", "is this machine's clock", "GeneratePki");
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        File.WriteAllText(pki.PathOf("admin.crt"), "");
        File.WriteAllText(pki.PathOf("admin.key"), "");
        File.WriteAllText(pki.PathOf("etcd-master01.key"), "");

        var refusal = Assert.Throws<InvalidInputException>(() => pki.Generate());

        Assert.Equal([pki.PathOf("admin.crt"), pki.PathOf("admin.key"), pki.PathOf("etcd-master01.key")], refusal.Problems.Select(problem => problem.Path));
    }

    [Fact]
    public void Rotate_ca_gets_one_out_of_any_damage_and_keeps_it_aside()
    {
        File.WriteAllText(pki.PathOf("ca.key"), "rubbish");

        pki.Generate(PkiChange.Everything);

        Assert.Equal("rubbish", File.ReadAllText(Path.Combine(Assert.Single(pki.Aside), "ca.key")));
        Assert.Empty(pki.ChangedBy(() => pki.Generate()));
    }

    [Fact]
    public void No_message_holds_a_key()
    {
        var key = pki.Contents()["admin.key"];
        File.WriteAllText(pki.PathOf("kubelet.key"), key);

        var refusal = Assert.Throws<InvalidInputException>(() => pki.Generate());

        Assert.DoesNotContain(key.Split('\n')[1], refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => pki.Dispose();

    /// <summary>Refused with and without <c>--force</c>, and nothing changed.</summary>
    private void AssertRefused(string file, string flaw, string remedy)
    {
        var before = pki.Contents();
        foreach (var change in new[] { PkiChange.WhatIsNeeded, PkiChange.Leaves })
        {
            var refusal = Assert.Throws<InvalidInputException>(() => pki.Generate(change));
            var problem = refusal.Problems[0];
            Assert.Equal(pki.PathOf(file), problem.Path);
            Assert.Contains(flaw, problem.Rule, StringComparison.Ordinal);
            Assert.Contains(remedy, problem.Rule, StringComparison.Ordinal);
        }

        Assert.Equal(before, pki.Contents());
        Assert.Empty(pki.Aside);
    }
}
