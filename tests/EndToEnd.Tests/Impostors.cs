using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KubePivot.Configuration;
using KubePivot.Pki;

namespace KubePivot.EndToEnd;

/// <summary>Client certificates of a cluster's PKI, and such that look like them and must be refused.</summary>
internal sealed class Impostors(ThrowAwayCluster cluster)
{
    private readonly string pki = Path.Combine(cluster.Folder, ".cluster", "pki");

    private readonly Dictionary<string, CertificateSpec> table = ClusterCertificates.Of(cluster.Description()).ToDictionary(spec => spec.Name, StringComparer.Ordinal);

    /// <summary>A certificate that GeneratePki has made.</summary>
    /// <param name="name">As in <c>admin</c>.</param>
    public X509Certificate2 Good(string name) => X509Certificate2.CreateFromPemFile(Path.Combine(pki, $"{name}.crt"), Path.Combine(pki, $"{name}.key"));

    /// <summary>The same subject, from the same authority, but its time ended a day ago.</summary>
    public X509Certificate2 Expired(string name)
    {
        var authority = table[name].Issuer;
        using var key = PrivateKey.FromPem(File.ReadAllText(Path.Combine(pki, $"{authority}.key")));
        using var certificate = Certificate.FromPem(File.ReadAllText(Path.Combine(pki, $"{authority}.crt")));
        return IssuedBy(new CertificateAuthority(certificate, key), name, DateTimeOffset.UtcNow.AddDays(-2));
    }

    /// <summary>The same subject, from an authority of the same subject, which nobody here knows.</summary>
    public X509Certificate2 OfAnotherAuthority(string name)
    {
        using var key = PrivateKey.Generate(KeyAlgorithm.EcdsaP256);
        using var certificate = Certificate.FromPem(CertificateAuthority.IssueOwn(table[table[name].Issuer!], key, TimeSpan.FromDays(3), DateTimeOffset.UtcNow));
        return IssuedBy(new CertificateAuthority(certificate, key), name, DateTimeOffset.UtcNow);
    }

    private X509Certificate2 IssuedBy(CertificateAuthority authority, string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = authority.Issue(table[name], key.ExportSubjectPublicKeyInfo(), TimeSpan.FromDays(1), now);
        return X509Certificate2.CreateFromPem(pem, key.ExportPkcs8PrivateKeyPem());
    }
}
