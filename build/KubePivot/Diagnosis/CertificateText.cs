using KubePivot.Pki;

namespace KubePivot.Diagnosis;

/// <summary>A certificate in words.</summary>
internal static class CertificateText
{
    /// <summary>Subject, issuer, names and validity of the first certificate of a PEM text; says so if there is none.</summary>
    public static string Of(string pem, DateTimeOffset now)
    {
        try
        {
            using var certificate = Certificate.FromPem(pem);
            var state = certificate.NotAfter < now ? " (has expired)" : certificate.NotBefore > now ? " (is not valid yet)" : "";
            return $"""
                subject: {certificate.Subject}
                issuer: {certificate.Issuer}
                authority: {(certificate.IsAuthority ? "yes" : "no")}
                names: {string.Join(", ", certificate.AlternativeNames)}
                not before: {certificate.NotBefore:yyyy-MM-dd HH:mm:ss}Z
                not after: {certificate.NotAfter:yyyy-MM-dd HH:mm:ss}Z{state}

                """;
        }
        catch (FormatException exception)
        {
            return $"({exception.Message})\n";
        }
    }
}
