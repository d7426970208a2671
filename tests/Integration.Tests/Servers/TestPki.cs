using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KubePivot.Files;

namespace KubePivot.Integration.Tests.Servers;

/// <summary>
/// A small PKI for servers under test, made anew for each fixture with .NET's own issuing code, in a folder of its own.
/// It is apart from the library's PKI on purpose: a fault there must not hide behind servers that were built with it.
/// </summary>
public sealed class TestPki : IDisposable
{
    private readonly X509Certificate2 authority;

    public TestPki()
    {
        Folder = Directory.CreateTempSubdirectory("kubepivot-pki-").FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddDays(1));
        AtomicFile.Write(CaFile, authority.ExportCertificatePem());

        using var serviceAccounts = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        AtomicFile.WriteSecret(KeyFile("service-account"), serviceAccounts.ExportPkcs8PrivateKeyPem());
        AtomicFile.Write(Path.Combine(Folder, "service-account.pub"), serviceAccounts.ExportSubjectPublicKeyInfoPem());
    }

    /// <summary>Where all files lie; deleted with this object.</summary>
    public string Folder { get; }

    public string CaFile => Path.Combine(Folder, "ca.crt");

    /// <summary>The certificate of the one authority, PEM.</summary>
    public string CaPem => authority.ExportCertificatePem();

    public string CertificateFile(string name) => Path.Combine(Folder, $"{name}.crt");

    public string KeyFile(string name) => Path.Combine(Folder, $"{name}.key");

    /// <summary>Issues a certificate for servers on loopback and for clients: <c>NAME.crt</c> and <c>NAME.key</c>.</summary>
    /// <param name="commonName">The user's name, for a client.</param>
    /// <param name="groups">The user's groups, for a client.</param>
    /// <returns>The same name.</returns>
    public string Issue(string name, string commonName, params string[] groups) => Issue(name, commonName, authority.NotBefore, authority.NotAfter, groups);

    /// <inheritdoc cref="Issue(string, string, string[])"/>
    /// <param name="from">Not before the authority's own: five minutes ago.</param>
    /// <param name="until">Not after the authority's own: in a day.</param>
    public string Issue(string name, string commonName, DateTimeOffset from, DateTimeOffset until, params string[] groups)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        foreach (var group in groups)
        {
            subject.AddOrganizationName(group);
        }

        subject.AddCommonName(commonName);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, from, until, RandomNumberGenerator.GetBytes(16));
        AtomicFile.Write(CertificateFile(name), certificate.ExportCertificatePem());
        AtomicFile.WriteSecret(KeyFile(name), key.ExportPkcs8PrivateKeyPem());
        return name;
    }

    public void Dispose()
    {
        authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
