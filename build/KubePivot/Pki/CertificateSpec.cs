namespace KubePivot.Pki;

/// <summary>What a certificate is for; decides its basic constraints, key usage and extended key usage.</summary>
public enum CertificateUse
{
    /// <summary>Signs other certificates.</summary>
    Authority,

    /// <summary>TLS server (serverAuth).</summary>
    Server,

    /// <summary>TLS client (clientAuth).</summary>
    Client,

    /// <summary>Both: an etcd member is its peers' server and client.</summary>
    ServerAndClient,
}

/// <summary>One line of the table of certificates: what is asked, not what is there.</summary>
/// <param name="Name">Name of its files in <c>.cluster/pki</c>: NAME.crt and NAME.key.</param>
/// <param name="Issuer">Name of the authority that signs it; null: it signs itself.</param>
/// <param name="AlternativeNames">DNS names and IP addresses that it is valid for.</param>
public sealed record CertificateSpec(string Name, string? Issuer, DistinguishedName Subject, CertificateUse Use, IReadOnlyList<string> AlternativeNames)
{
    public bool IsAuthority => Use == CertificateUse.Authority;

    public bool ServesTls => Use is CertificateUse.Server or CertificateUse.ServerAndClient;

    public bool IsTlsClient => Use is CertificateUse.Client or CertificateUse.ServerAndClient;
}
