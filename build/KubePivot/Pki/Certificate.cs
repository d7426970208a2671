using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KubePivot.Pki;

/// <summary>A certificate as it is, read by .NET: made by one implementation, judged by another.</summary>
public sealed class Certificate : IDisposable
{
    private readonly X509Certificate2 certificate;

    private Certificate(X509Certificate2 certificate) => this.certificate = certificate;

    public DateTimeOffset NotBefore => certificate.NotBefore.ToUniversalTime();

    public DateTimeOffset NotAfter => certificate.NotAfter.ToUniversalTime();

    /// <summary>The subject, for people, most general part first.</summary>
    public string Subject => certificate.SubjectName.Decode(X500DistinguishedNameFlags.None);

    public string Issuer => certificate.IssuerName.Decode(X500DistinguishedNameFlags.None);

    /// <summary>The subject, DER.</summary>
    public byte[] SubjectBytes => certificate.SubjectName.RawData;

    /// <summary>The public key, DER.</summary>
    public byte[] SubjectPublicKeyInfo => certificate.PublicKey.ExportSubjectPublicKeyInfo();

    public bool IsAuthority => Extension<X509BasicConstraintsExtension>()?.CertificateAuthority == true
        && (Extension<X509KeyUsageExtension>()?.KeyUsages ?? X509KeyUsageFlags.KeyCertSign).HasFlag(X509KeyUsageFlags.KeyCertSign);

    /// <summary>Identifies the key, for the issued certificates' authority key identifier; null if it has none.</summary>
    public byte[]? SubjectKeyIdentifier => Extension<X509SubjectKeyIdentifierExtension>()?.SubjectKeyIdentifierBytes.ToArray();

    /// <summary>DNS names and addresses that it is valid for.</summary>
    public IEnumerable<string> AlternativeNames => Extension<X509SubjectAlternativeNameExtension>() is { } extension
        ? [.. extension.EnumerateDnsNames(), .. extension.EnumerateIPAddresses().Select(address => address.ToString())]
        : [];

    /// <summary>Object identifiers of its extended key usages.</summary>
    public IEnumerable<string> ExtendedKeyUsages => Extension<X509EnhancedKeyUsageExtension>()?.EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value!) ?? [];

    /// <summary>Reads a certificate in PEM form; of several the first, as TLS does.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Certificate FromPem(string pem)
    {
        try
        {
            return new Certificate(X509Certificate2.CreateFromPem(pem));
        }
        catch (CryptographicException)
        {
            throw new FormatException("is no certificate in PEM form");
        }
    }

    /// <summary>The SHA-256 fingerprints of all certificates in a text; what is none is left out.</summary>
    public static IReadOnlyList<string> FingerprintsFromPem(string pem)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(pem);
            return [.. all.Select(certificate => certificate.GetCertHashString(HashAlgorithmName.SHA256))];
        }
        catch (CryptographicException)
        {
            return [];
        }
        finally
        {
            all.ToList().ForEach(certificate => certificate.Dispose());
        }
    }

    /// <summary>Whether an authority signed it. Says nothing of its time.</summary>
    public bool IsSignedBy(Certificate authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.CustomTrustStore.Add(authority.certificate);
        return chain.Build(certificate);
    }

    public void Dispose() => certificate.Dispose();

    private T? Extension<T>()
        where T : X509Extension => certificate.Extensions.OfType<T>().FirstOrDefault();
}
