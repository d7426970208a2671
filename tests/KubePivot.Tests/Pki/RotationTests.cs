using KubePivot.Kubernetes;
using KubePivot.Pki;

namespace KubePivot.Tests.Pki;

public sealed class RotationTests : IDisposable
{
    private static readonly string[] Authorities = ["ca", "etcd-ca", "front-proxy-ca"];

    private readonly PkiOnDisk pki = new();

    public RotationTests() => pki.Generate();

    private ClusterPki Loaded => ClusterPki.Load(pki.Paths, pki.Cluster);

    [Fact]
    public void First_new_authorities_are_trusted_beside_those_that_are_in_use()
    {
        var before = pki.Contents();

        pki.Generate(PkiChange.TrustNext);

        Assert.All(before, file => Assert.Equal(file.Value, pki.Contents()[file.Key]));
        Assert.Equal(RotationState.TrustsNext, Loaded.Rotation);
        foreach (var authority in Authorities)
        {
            var trusted = Certificate.FingerprintsFromPem(Loaded.Bundle(authority));
            Assert.Equal([.. Certificate.FingerprintsFromPem(before[$"{authority}.crt"]), .. Certificate.FingerprintsFromPem(pki.Contents()[$"{authority}-next.crt"])], trusted);
            Assert.Equal(before[$"{authority}.crt"], Loaded.Certificate(authority));
        }

        Assert.Equal(2, Loaded.PublicKeys("service-account").Split("BEGIN PUBLIC KEY").Length - 1);
        Assert.Equal(before["service-account.key"], Loaded.Key("service-account"));
    }

    [Fact]
    public void Then_they_are_used_and_every_leaf_is_issued_by_them_while_the_old_ones_are_still_trusted()
    {
        var before = pki.Contents();
        pki.Generate(PkiChange.TrustNext);
        var next = pki.Contents();

        var changed = pki.ChangedBy(() => pki.Generate(PkiChange.SwitchToNext));

        Assert.Equal(RotationState.TrustsPrevious, Loaded.Rotation);
        Assert.All(Authorities, authority =>
        {
            Assert.Equal(next[$"{authority}-next.crt"], Loaded.Certificate(authority));
            Assert.Equal(next[$"{authority}-next.key"], Loaded.Key(authority));
            Assert.Equal([.. Certificate.FingerprintsFromPem(next[$"{authority}-next.crt"]), .. Certificate.FingerprintsFromPem(before[$"{authority}.crt"])], Certificate.FingerprintsFromPem(Loaded.Bundle(authority)));
            Assert.False(File.Exists(pki.PathOf($"{authority}-next.key")));
        });
        foreach (var spec in ClusterCertificates.Of(pki.Cluster).Where(spec => !spec.IsAuthority))
        {
            using var leaf = pki.Certificate(spec.Name);
            using var issuer = pki.Certificate(spec.Issuer!);
            using var old = Certificate.FromPem(before[$"{spec.Issuer}.crt"]);
            Assert.True(leaf.IsSignedBy(issuer) && !leaf.IsSignedBy(old), spec.Name);
            Assert.Contains(spec.Name, changed);
        }

        Assert.Equal(next["service-account-next.key"], Loaded.Key("service-account"));
        Assert.Equal(before["service-account.pub"].Trim(), Loaded.PreviousServiceAccountKey.Trim());
        Assert.Equal(before["ca.key"], File.ReadAllText(Path.Combine(Assert.Single(pki.Aside), "ca.key")));
    }

    [Fact]
    public void Last_the_old_ones_are_dropped_and_kept_aside()
    {
        pki.Generate(PkiChange.TrustNext);
        pki.Generate(PkiChange.SwitchToNext);
        var before = pki.Contents();

        Assert.Empty(pki.ChangedBy(() => pki.Generate(PkiChange.DropPrevious)));

        Assert.Equal(RotationState.None, Loaded.Rotation);
        Assert.Equal(before.Keys.Where(file => !file.Contains("-previous", StringComparison.Ordinal)).Order(), pki.Contents().Keys.Order());
        Assert.All(Authorities, authority => Assert.Single(Certificate.FingerprintsFromPem(Loaded.Bundle(authority))));
        Assert.Contains(pki.Aside, folder => File.Exists(Path.Combine(folder, "ca-previous.crt")));
    }

    [Theory]
    [InlineData(PkiChange.WhatIsNeeded)]
    [InlineData(PkiChange.TrustNext)]
    [InlineData(PkiChange.DropPrevious)]
    public void In_the_first_step_nothing_else_is_changed_and_how_to_go_on_is_said(PkiChange change)
    {
        pki.Generate(PkiChange.TrustNext);
        var before = pki.Contents();

        pki.Generate(change);

        Assert.Equal(before, pki.Contents());
        Assert.Contains(pki.Reporter.Lines, line => line.Contains("./build.sh RenewCertificates --rotate-ca", StringComparison.Ordinal));
    }

    [Fact]
    public void In_the_midst_of_it_leaves_are_renewed_and_nodes_added_as_ever()
    {
        pki.Generate(PkiChange.TrustNext);
        pki.Generate(PkiChange.SwitchToNext);

        Assert.Contains("apiserver", pki.ChangedBy(() => pki.Generate(PkiChange.Leaves)));

        Assert.Equal(RotationState.TrustsPrevious, Loaded.Rotation);
    }

    [Theory]
    [InlineData("ca-next.key", null, "is missing, but a rotation of the authorities has begun")]
    [InlineData("etcd-ca-next.crt", "rubbish", "is no certificate in PEM form")]
    [InlineData("service-account-next.pub", "rubbish", "does not belong to service-account-next.key")]
    public void A_damaged_file_of_the_next_authorities_is_refused_by_name_and_nothing_is_changed(string file, string? content, string rule)
    {
        pki.Generate(PkiChange.TrustNext);
        Damage(file, content);
        var before = pki.Contents();

        var exception = Assert.Throws<InvalidInputException>(() => pki.Generate(PkiChange.SwitchToNext));

        Assert.Contains($"{pki.PathOf(file)}: {rule}", exception.Message);
        Assert.Equal(before, pki.Contents());
    }

    [Theory]
    [InlineData("front-proxy-ca-previous.crt", null, "is missing")]
    [InlineData("ca-previous.crt", "rubbish", "is no certificate in PEM form")]
    [InlineData("service-account-previous.pub", "rubbish", "is no public key in PEM form")]
    public void So_is_one_of_the_previous_authorities(string file, string? content, string rule)
    {
        pki.Generate(PkiChange.TrustNext);
        pki.Generate(PkiChange.SwitchToNext);
        Damage(file, content);

        var exception = Assert.Throws<InvalidInputException>(() => pki.Generate());

        Assert.Contains($"{pki.PathOf(file)}: {rule}", exception.Message);
    }

    [Fact]
    public void A_public_key_that_was_lost_meanwhile_is_written_anew_from_its_private_one_and_still_trusted()
    {
        pki.Generate(PkiChange.TrustNext);
        var (lost, next) = (File.ReadAllText(pki.PathOf("service-account.pub")), File.ReadAllText(pki.PathOf("service-account-next.pub")));
        File.Delete(pki.PathOf("service-account.pub"));

        pki.Generate(PkiChange.SwitchToNext);

        Assert.Equal(lost.Trim(), Loaded.PreviousServiceAccountKey.Trim());
        Assert.Equal(next, pki.Contents()["service-account.pub"]);
    }

    [Fact]
    public void An_authority_that_was_lost_meanwhile_is_refused_by_name_and_no_third_one_is_made()
    {
        pki.Generate(PkiChange.TrustNext);
        foreach (var spec in ClusterCertificates.Of(pki.Cluster).Where(spec => spec.Name == "front-proxy-ca" || spec.Issuer == "front-proxy-ca"))
        {
            Damage($"{spec.Name}.crt", null);
            Damage($"{spec.Name}.key", null);
        }

        var exception = Assert.Throws<InvalidInputException>(() => pki.Generate(PkiChange.SwitchToNext));

        Assert.Contains($"{pki.PathOf("front-proxy-ca.crt")}: is missing, but a rotation of the authorities has begun", exception.Message);
    }

    [Fact]
    public void Making_everything_anew_ends_a_rotation_too()
    {
        pki.Generate(PkiChange.TrustNext);

        pki.Generate(PkiChange.Everything);

        Assert.Equal(RotationState.None, Loaded.Rotation);
        Assert.Contains("ca-next.key", Directory.GetFiles(Assert.Single(pki.Aside)).Select(Path.GetFileName));
    }

    [Fact]
    public void A_tokens_header_names_the_key_that_signed_it_as_the_API_server_computes_it()
    {
        // The key and its ID as an API server wrote it into a token: RFC 7515, base64url without padding.
        const string Key = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvLDMHKBoa6p5AVSp6dfrrZ5sMVcp\nLqvPUROdNvZ5iHVsRyMbvvNDtBCyzVXc2NgSLXNF1wGNSAx2TQeSjX1+qg==\n-----END PUBLIC KEY-----\n";
        var id = ServiceAccountTokens.KeyIdOf(Key);

        Assert.Matches("^[A-Za-z0-9_-]{43}$", id);
        var header = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($$"""{"alg":"ES256","kid":"{{id}}"}""")).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        Assert.Equal(id, ServiceAccountTokens.SignerOf($"{header}.e30.c2ln"));
        Assert.Null(ServiceAccountTokens.SignerOf("no token"));
    }

    public void Dispose() => pki.Dispose();

    private void Damage(string file, string? content)
    {
        if (content == null)
        {
            File.Delete(pki.PathOf(file));
        }
        else
        {
            File.WriteAllText(pki.PathOf(file), content);
        }
    }
}
