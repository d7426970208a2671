using System.Net;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Math;

namespace KubePivot.Pki;

/// <summary>An authority: its certificate and private key. Issues certificates.</summary>
public sealed class CertificateAuthority(Certificate certificate, PrivateKey key)
{
    /// <summary>How far NotBefore lies before now, to allow for clock skew.</summary>
    public static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    public Certificate Certificate { get; } = certificate;

    /// <summary>Issues a self-signed certificate of a new authority.</summary>
    /// <param name="lifetime">Counted from <paramref name="now"/>; more than zero.</param>
    /// <returns>PEM.</returns>
    public static string IssueOwn(CertificateSpec spec, PrivateKey key, TimeSpan lifetime, DateTimeOffset now)
    {
        var keyInfo = key.SubjectPublicKeyInfo;
        return Issue(spec, keyInfo, spec.Subject.ToX509Name(), KeyIdentifier(keyInfo), key, now - Backdating, now + lifetime);
    }

    /// <summary>Issues a certificate signed by this authority.</summary>
    /// <param name="subjectPublicKeyInfo">The public key that it is for, DER.</param>
    /// <param name="lifetime">Counted from <paramref name="now"/>; more than zero, at most what is left of the issuer's own.</param>
    /// <returns>PEM of a certificate whose NotBefore is five minutes before <paramref name="now"/>, to allow for clock skew.</returns>
    /// <exception cref="PkiException">The issuer expires before the requested lifetime ends.</exception>
    public string Issue(CertificateSpec spec, byte[] subjectPublicKeyInfo, TimeSpan lifetime, DateTimeOffset now)
    {
        if (now + lifetime > Certificate.NotAfter)
        {
            throw new PkiException($"{spec.Name} would outlive its issuer {spec.Issuer}, which ends {Certificate.NotAfter:yyyy-MM-dd HH:mm}Z. Run ./build.sh RenewCertificates --rotate-ca (where there is no cluster yet: ./build.sh GeneratePki --rotate-ca).");
        }

        var issuer = X509Name.GetInstance(Asn1Object.FromByteArray(Certificate.SubjectBytes));
        return Issue(spec, subjectPublicKeyInfo, issuer, Certificate.SubjectKeyIdentifier, key, now - Backdating, now + lifetime);
    }

    private static string Issue(
        CertificateSpec spec, byte[] keyInfo, X509Name issuer, byte[]? issuerKeyIdentifier, PrivateKey signer, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var algorithm = signer.IsRsa
            ? new AlgorithmIdentifier(PkcsObjectIdentifiers.Sha256WithRsaEncryption, DerNull.Instance)
            : new AlgorithmIdentifier(X9ObjectIdentifiers.ECDsaWithSha256);
        var publicKey = SubjectPublicKeyInfo.GetInstance(keyInfo);
        var body = new V3TbsCertificateGenerator();
        body.SetSerialNumber(new DerInteger(new BigInteger(1, RandomSerial())));
        body.SetSignature(algorithm);
        body.SetIssuer(issuer);
        body.SetValidity(new Validity(new Time(notBefore.UtcDateTime), new Time(notAfter.UtcDateTime)));
        body.SetSubject(spec.Subject.ToX509Name());
        body.SetSubjectPublicKeyInfo(publicKey);
        body.SetExtensions(Extensions(spec, publicKey, KeyIdentifier(keyInfo), issuerKeyIdentifier));
        var signed = body.GenerateTbsCertificate();
        var signature = signer.Sign(signed.GetEncoded(Asn1Encodable.Der));
        var der = new X509CertificateStructure(signed, algorithm, new DerBitString(signature)).GetEncoded(Asn1Encodable.Der);
        return PemEncoding.WriteString("CERTIFICATE", der) + "\n";
    }

    private static X509Extensions Extensions(CertificateSpec spec, SubjectPublicKeyInfo publicKey, byte[] keyIdentifier, byte[]? issuerKeyIdentifier)
    {
        var extensions = new X509ExtensionsGenerator();
        extensions.AddExtension(X509Extensions.BasicConstraints, true, spec.IsAuthority ? new BasicConstraints(0) : new BasicConstraints(false));
        extensions.AddExtension(X509Extensions.KeyUsage, true, new KeyUsage(KeyUsages(spec, publicKey)));
        if (!spec.IsAuthority)
        {
            KeyPurposeID[] purposes = [.. spec.ServesTls ? [KeyPurposeID.id_kp_serverAuth] : Array.Empty<KeyPurposeID>(), .. spec.IsTlsClient ? [KeyPurposeID.id_kp_clientAuth] : Array.Empty<KeyPurposeID>()];
            extensions.AddExtension(X509Extensions.ExtendedKeyUsage, false, new ExtendedKeyUsage(purposes));
        }

        extensions.AddExtension(X509Extensions.SubjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier));
        if (issuerKeyIdentifier != null)
        {
            extensions.AddExtension(X509Extensions.AuthorityKeyIdentifier, false, new AuthorityKeyIdentifier(issuerKeyIdentifier));
        }

        if (spec.AlternativeNames.Count > 0)
        {
            extensions.AddExtension(X509Extensions.SubjectAlternativeName, false, new GeneralNames([.. spec.AlternativeNames.Select(NameOf)]));
        }

        return extensions.Generate();
    }

    /// <summary>RSA keys also encrypt the key of a session in older TLS; EC keys only sign (RFC 5480, section 3).</summary>
    private static int KeyUsages(CertificateSpec spec, SubjectPublicKeyInfo publicKey) =>
        spec.IsAuthority ? KeyUsage.KeyCertSign | KeyUsage.CrlSign
        : publicKey.Algorithm.Algorithm.Equals(PkcsObjectIdentifiers.RsaEncryption) ? KeyUsage.DigitalSignature | KeyUsage.KeyEncipherment
        : KeyUsage.DigitalSignature;

    private static GeneralName NameOf(string name) => IPAddress.TryParse(name, out var address)
        ? new GeneralName(GeneralName.IPAddress, new DerOctetString(address.GetAddressBytes()))
        : new GeneralName(GeneralName.DnsName, name);

    /// <summary>RFC 7093, method 1: the leftmost 160 bits of the SHA-256 of the public key's bits.</summary>
    private static byte[] KeyIdentifier(byte[] keyInfo) =>
        SHA256.HashData(SubjectPublicKeyInfo.GetInstance(keyInfo).PublicKey.GetBytes())[..20];

    /// <summary>128 random bits with the highest of a leading byte unset and not zero: positive, at most 20 bytes (RFC 5280, 4.1.2.2).</summary>
    private static byte[] RandomSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(17);
        serial[0] = 1;
        return serial;
    }
}

/// <summary>A certificate could not be issued, kept or stored.</summary>
public sealed class PkiException(string message, Exception? innerException = null) : StageException(message, innerException);
