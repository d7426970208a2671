using System.Security.Cryptography;
using KubePivot.Configuration;
using KubePivot.Pki;

namespace KubePivot.Tests.Pki;

public sealed class CertificateAuthorityTests : IDisposable
{
    private static readonly DateTimeOffset Now = PkiOnDisk.Start;
    private static readonly CertificateSpec AuthoritySpec = new("ca", null, new("/C=SG/O=bootkube/CN=kube-ca"), CertificateUse.Authority, []);
    private static readonly CertificateSpec LeafSpec = new("etcd-m1", "ca", new("/O=etcd/CN=m1"), CertificateUse.ServerAndClient, ["m1", "10.0.0.1", "2001:db8::1"]);

    private readonly PrivateKey authorityKey = PrivateKey.Generate(KeyAlgorithm.EcdsaP256);
    private readonly Certificate authorityCertificate;
    private readonly CertificateAuthority authority;

    public CertificateAuthorityTests()
    {
        authorityCertificate = Certificate.FromPem(CertificateAuthority.IssueOwn(AuthoritySpec, authorityKey, TimeSpan.FromDays(30), Now));
        authority = new CertificateAuthority(authorityCertificate, authorityKey);
    }

    [Fact]
    public void A_leaf_that_would_outlive_its_issuer_is_refused()
    {
        using var key = PrivateKey.Generate(KeyAlgorithm.EcdsaP256);

        var refusal = Assert.Throws<PkiException>(() => authority.Issue(LeafSpec, key.SubjectPublicKeyInfo, TimeSpan.FromDays(31), Now));

        Assert.Contains("--rotate-ca", refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(authority.Issue(LeafSpec, key.SubjectPublicKeyInfo, TimeSpan.FromDays(30), Now));
    }

    [Fact]
    public void A_certificate_begins_five_minutes_ago_and_lasts_as_long_as_asked()
    {
        using var leaf = Issue(KeyAlgorithm.EcdsaP256, TimeSpan.FromHours(12));

        Assert.Equal(Now.AddMinutes(-5), leaf.NotBefore);
        Assert.Equal(Now.AddHours(12), leaf.NotAfter);
        Assert.False(leaf.IsAuthority);
        Assert.Equal(["m1", "10.0.0.1", "2001:db8::1"], leaf.AlternativeNames);
    }

    [Theory]
    [InlineData(KeyAlgorithm.EcdsaP256)]
    [InlineData(KeyAlgorithm.Rsa2048)]
    public void A_certificate_verifies_against_its_issuer_and_against_no_other(KeyAlgorithm algorithm)
    {
        using var leaf = Issue(algorithm, TimeSpan.FromDays(1));
        using var otherKey = PrivateKey.Generate(algorithm);
        using var other = Certificate.FromPem(CertificateAuthority.IssueOwn(AuthoritySpec, otherKey, TimeSpan.FromDays(30), Now));

        Assert.True(leaf.IsSignedBy(authorityCertificate));
        Assert.False(leaf.IsSignedBy(other));
    }

    [Fact]
    public void Every_certificate_has_a_serial_number_of_its_own()
    {
        using var key = PrivateKey.Generate(KeyAlgorithm.EcdsaP256);

        Assert.NotEqual(
            authority.Issue(LeafSpec, key.SubjectPublicKeyInfo, TimeSpan.FromDays(1), Now),
            authority.Issue(LeafSpec, key.SubjectPublicKeyInfo, TimeSpan.FromDays(1), Now));
    }

    [Theory]
    [InlineData(KeyAlgorithm.EcdsaP256)]
    [InlineData(KeyAlgorithm.Rsa2048)]
    [InlineData(KeyAlgorithm.Rsa4096)]
    public void A_key_is_what_was_asked_and_reads_back(KeyAlgorithm algorithm)
    {
        using var key = PrivateKey.Generate(algorithm);
        using var read = PrivateKey.FromPem(key.ToPem());

        Assert.True(read.Is(algorithm));
        Assert.Equal(key.PublicPem, read.PublicPem);
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----\n", key.ToPem(), StringComparison.Ordinal);
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----\n", key.PublicPem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("rubbish")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void What_is_no_key_is_not_read(string pem) => Assert.Throws<FormatException>(() => PrivateKey.FromPem(pem));

    [Fact]
    public void A_public_key_is_no_private_key() => Assert.Throws<FormatException>(() => PrivateKey.FromPem(authorityKey.PublicPem));

    [Theory]
    [InlineData("O=a", "must be of the form")]
    [InlineData("/O=", "must give O a value")]
    [InlineData("/X=a", "must hold only C, ST, L, O, OU, CN")]
    [InlineData("/C=Sg", "two capital letters")]
    [InlineData("/O=a123456789b123456789c123456789d123456789e123456789f123456789g1234", "at most 64 characters")]
    public void A_malformed_subject_is_refused_in_words(string prefix, string expected) =>
        Assert.Contains(expected, DistinguishedName.FlawOf(prefix), StringComparison.Ordinal);

    [Fact]
    public void A_key_on_a_curve_that_nobody_knows_is_refused_in_words()
    {
        var pem = authorityKey.ToPem();
        var bytes = Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);

        // The last number of the curve's name: 1.2.840.10045.3.1.7 is P-256.
        bytes[bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]) + 9] = 9;

        Assert.Throws<FormatException>(() => PrivateKey.FromPem(PemEncoding.WriteString("PRIVATE KEY", bytes)));
    }

    public void Dispose()
    {
        authorityCertificate.Dispose();
        authorityKey.Dispose();
    }

    private Certificate Issue(KeyAlgorithm algorithm, TimeSpan lifetime)
    {
        using var key = PrivateKey.Generate(algorithm);
        return Certificate.FromPem(authority.Issue(LeafSpec, key.SubjectPublicKeyInfo, lifetime, Now));
    }
}
