using KubePivot.Resuming;

namespace KubePivot.Pki;

/// <summary>A certificate in the PKI folder, for <c>Status</c>.</summary>
/// <param name="Name">Name of its file, without <c>.crt</c>.</param>
/// <param name="DaysLeft">Whole days; negative once it has expired.</param>
/// <param name="IsDue">The next GeneratePki issues it anew, or, for an authority, asks for <c>--rotate-ca</c>.</param>
public sealed record CertificateExpiry(string Name, string Subject, DateTimeOffset NotAfter, int DaysLeft, bool IsDue, bool IsAuthority);

/// <summary>Quick looks at the PKI folder that need no cluster.yaml and change nothing.</summary>
public static class PkiState
{
    /// <summary>
    /// Changes whenever a file of the PKI changes, a change of it was interrupted, or a certificate becomes due. Empty if there is
    /// no PKI. Files are told by size and time of change: keys are not read.
    /// </summary>
    /// <exception cref="PkiException">The folder cannot be read.</exception>
    public static string Fingerprint(ClusterPaths paths, TimeProvider clock)
    {
        if (!Directory.Exists(paths.Pki))
        {
            return "";
        }

        using var hash = new InputHash();
        hash.Add("pending", PkiTransaction.IsPending(paths.Pki).ToString());
        foreach (var file in Directory.EnumerateFiles(paths.Pki).Order(StringComparer.Ordinal))
        {
            hash.AddFileStamp(file);
        }

        hash.Add("due", string.Join(' ', Expiries(paths, clock).Where(expiry => expiry.IsDue).Select(expiry => expiry.Name)));
        return hash.ToString();
    }

    /// <summary>All certificates, the one that ends first in front. Files that are no certificates are left out: GeneratePki names them.</summary>
    /// <exception cref="PkiException">The folder cannot be read.</exception>
    public static IReadOnlyList<CertificateExpiry> Expiries(ClusterPaths paths, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var folder = PkiFolder.LoadCertificates(paths.Pki);
        return [.. folder.Files.Order(StringComparer.Ordinal).Select(file => ExpiryOf(folder, file, now)).OfType<CertificateExpiry>().OrderBy(expiry => expiry.NotAfter)];
    }

    private static CertificateExpiry? ExpiryOf(PkiFolder folder, string file, DateTimeOffset now)
    {
        try
        {
            using var certificate = Certificate.FromPem(folder.Text(file)!);
            return new CertificateExpiry(
                Path.GetFileNameWithoutExtension(file),
                certificate.Subject,
                certificate.NotAfter,
                (int)Math.Floor((certificate.NotAfter - now).TotalDays),
                RenewalRule.IsDue(certificate.NotBefore, certificate.NotAfter, now),
                certificate.IsAuthority);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
