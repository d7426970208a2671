using System.Net;
using KubePivot.Configuration;
using KubePivot.Pki;

namespace KubePivot.Integration.Tests.Pki;

/// <summary>OpenSSL judges every certificate of the table: chain, purpose, names, subject, constraints, key.</summary>
public sealed class OpenSslTests
{
    public static TheoryData<KeyAlgorithm, int> Clusters => new()
    {
        { KeyAlgorithm.EcdsaP256, 3 },
        { KeyAlgorithm.EcdsaP256, 1 },
        { KeyAlgorithm.Rsa2048, 1 },
    };

    [Theory]
    [MemberData(nameof(Clusters))]
    public async Task Every_chain_verifies_for_its_purpose_and_for_no_other(KeyAlgorithm algorithm, int masters)
    {
        using var pki = Generate(algorithm, masters);
        foreach (var spec in pki.Table.Where(spec => !spec.IsAuthority))
        {
            var (issuer, file) = (pki.CertificateFile(spec.Issuer!), pki.CertificateFile(spec.Name));
            Assert.True(await OpenSsl.VerifiesAsync(issuer, file, "any"), spec.Name);
            Assert.Equal(spec.ServesTls, await OpenSsl.VerifiesAsync(issuer, file, "sslserver"));
            Assert.Equal(spec.IsTlsClient, await OpenSsl.VerifiesAsync(issuer, file, "sslclient"));
        }
    }

    [Fact]
    public async Task No_certificate_verifies_against_another_authority()
    {
        using var pki = Generate(KeyAlgorithm.EcdsaP256, masters: 1);
        foreach (var spec in pki.Table.Where(spec => !spec.IsAuthority))
        {
            foreach (var other in pki.Table.Where(other => other.IsAuthority && other.Name != spec.Issuer))
            {
                Assert.False(await OpenSsl.VerifiesAsync(pki.CertificateFile(other.Name), pki.CertificateFile(spec.Name), "any"), $"{spec.Name} by {other.Name}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Clusters))]
    public async Task Every_server_answers_to_all_its_names_and_to_no_other(KeyAlgorithm algorithm, int masters)
    {
        using var pki = Generate(algorithm, masters);
        foreach (var spec in pki.Table.Where(spec => spec.ServesTls))
        {
            var (issuer, file) = (pki.CertificateFile(spec.Issuer!), pki.CertificateFile(spec.Name));
            foreach (var name in spec.AlternativeNames)
            {
                var condition = IPAddress.TryParse(name, out _) ? "-verify_ip" : "-verify_hostname";
                Assert.True(await OpenSsl.VerifiesAsync(issuer, file, "sslserver", condition, name), $"{spec.Name} as {name}");
            }

            Assert.False(await OpenSsl.VerifiesAsync(issuer, file, "sslserver", "-verify_hostname", "elsewhere.example"));
            Assert.False(await OpenSsl.VerifiesAsync(issuer, file, "sslserver", "-verify_ip", "203.0.113.1"));
        }
    }

    [Theory]
    [MemberData(nameof(Clusters))]
    public async Task Every_certificate_says_what_the_table_says(KeyAlgorithm algorithm, int masters)
    {
        using var pki = Generate(algorithm, masters);
        var serials = new HashSet<string>();
        foreach (var spec in pki.Table)
        {
            var file = pki.CertificateFile(spec.Name);
            var issuer = pki.Table.Single(other => other.Name == (spec.Issuer ?? spec.Name));
            Assert.Equal($"subject={spec.Subject}", (await OpenSsl.RunAsync("x509", "-in", file, "-noout", "-subject", "-nameopt", "compat")).Trim());
            Assert.Equal($"issuer={issuer.Subject}", (await OpenSsl.RunAsync("x509", "-in", file, "-noout", "-issuer", "-nameopt", "compat")).Trim());
            Assert.True(serials.Add(await OpenSsl.RunAsync("x509", "-in", file, "-noout", "-serial")), $"{spec.Name} has a serial number of its own");

            var extensions = await OpenSsl.RunAsync("x509", "-in", file, "-noout", "-ext", "basicConstraints,keyUsage,extendedKeyUsage,subjectKeyIdentifier,authorityKeyIdentifier");
            Assert.Equal(ExpectedExtensions(spec, algorithm), extensions.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !IsKeyIdentifier(line)));
        }
    }

    [Theory]
    [MemberData(nameof(Clusters))]
    public async Task Every_key_belongs_to_its_certificate_and_is_of_the_algorithm(KeyAlgorithm algorithm, int masters)
    {
        using var pki = Generate(algorithm, masters);
        foreach (var spec in pki.Table)
        {
            var key = await OpenSsl.RunAsync("pkey", "-in", pki.KeyFile(spec.Name), "-pubout");
            Assert.Equal(await OpenSsl.RunAsync("x509", "-in", pki.CertificateFile(spec.Name), "-noout", "-pubkey"), key);
        }

        Assert.Equal(await File.ReadAllTextAsync(pki.PublicKeyFile("service-account"), TestContext.Current.CancellationToken), await OpenSsl.RunAsync("pkey", "-in", pki.KeyFile("service-account"), "-pubout"));
        var words = await OpenSsl.RunAsync("pkey", "-in", pki.PublicKeyFile("service-account"), "-pubin", "-noout", "-text");
        Assert.Contains(algorithm == KeyAlgorithm.EcdsaP256 ? "NIST CURVE: P-256" : "Public-Key: (2048 bit)", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificates_are_valid_from_a_little_while_ago_to_the_end_of_their_lifetime()
    {
        using var pki = Generate(KeyAlgorithm.EcdsaP256, masters: 1);
        var now = DateTimeOffset.UtcNow;

        async Task<bool> VerifiesAtAsync(DateTimeOffset time) =>
            await OpenSsl.VerifiesAsync(pki.CertificateFile("ca"), pki.CertificateFile("apiserver"), "sslserver", "-attime", $"{time.ToUnixTimeSeconds()}");

        Assert.True(await VerifiesAtAsync(now.AddMinutes(-4)));
        Assert.False(await VerifiesAtAsync(now.AddMinutes(-6)));
        Assert.True(await VerifiesAtAsync(now.AddDays(365).AddMinutes(-1)));
        Assert.False(await VerifiesAtAsync(now.AddDays(365).AddMinutes(1)));
    }

    private static GeneratedPki Generate(KeyAlgorithm algorithm, int masters)
    {
        Assert.SkipWhen(OpenSsl.Unavailable != null, OpenSsl.Unavailable ?? "");
        var nodes = ClusterDefaults.Spec.Nodes.Where(node => node.Role == NodeRole.Worker || masters == 3 || node.Name == "master03");
        var pki = ClusterDefaults.Spec.Pki with { KeyAlgorithm = algorithm, ExtraSans = ["api.tdskubes.com", "2001:db8::1"] };
        return new GeneratedPki(ClusterDefaults.Spec with { Nodes = [.. nodes], Pki = pki });
    }

    private static IEnumerable<string> ExpectedExtensions(CertificateSpec spec, KeyAlgorithm algorithm)
    {
        yield return "X509v3 Basic Constraints: critical";
        yield return spec.IsAuthority ? "CA:TRUE, pathlen:0" : "CA:FALSE";
        yield return "X509v3 Key Usage: critical";
        yield return spec.IsAuthority ? "Certificate Sign, CRL Sign" : algorithm == KeyAlgorithm.EcdsaP256 ? "Digital Signature" : "Digital Signature, Key Encipherment";
        if (!spec.IsAuthority)
        {
            yield return "X509v3 Extended Key Usage:";
            yield return string.Join(", ", new[] { spec.ServesTls ? "TLS Web Server Authentication" : null, spec.IsTlsClient ? "TLS Web Client Authentication" : null }.OfType<string>());
        }

        yield return "X509v3 Subject Key Identifier:";
        yield return "X509v3 Authority Key Identifier:";
    }

    /// <summary>Twenty bytes in hexadecimal; that they match is what a strict verification looks at.</summary>
    private static bool IsKeyIdentifier(string line) => line.Length == 59 && line.All(character => character == ':' || char.IsAsciiHexDigit(character));
}
