namespace KubePivot.Pki;

/// <summary>A pair of certificate and key as it lies in the PKI folder, found to be whole.</summary>
internal sealed class StoredCertificate(CertificateSpec spec, Certificate certificate, PrivateKey key) : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    public CertificateSpec Spec { get; } = spec;

    public Certificate Certificate { get; } = certificate;

    public PrivateKey Key { get; } = key;

    /// <summary>Reads a pair of which both files are there.</summary>
    /// <param name="refuse">Told the file and what is wrong with it.</param>
    /// <returns>The pair, or null if it was refused.</returns>
    public static StoredCertificate? Load(PkiFolder folder, CertificateSpec spec, Action<string, string> refuse)
    {
        var (certificateFile, keyFile) = (PkiFolder.CertificateFile(spec.Name), PkiFolder.KeyFile(spec.Name));
        var certificate = Parsed(folder, certificateFile, Certificate.FromPem, refuse);
        var key = Parsed(folder, keyFile, PrivateKey.FromPem, refuse);
        if (certificate != null && key != null)
        {
            if (certificate.SubjectPublicKeyInfo.AsSpan().SequenceEqual(key.SubjectPublicKeyInfo))
            {
                return new StoredCertificate(spec, certificate, key);
            }

            refuse(keyFile, $"does not belong to {certificateFile}");
        }

        certificate?.Dispose();
        key?.Dispose();
        return null;
    }

    /// <summary>Why the pair is not what the table asks for, or null if it is.</summary>
    public string? Difference(KubePivot.Configuration.PkiSpec asked, DateTimeOffset now)
    {
        string[] usages = [.. Spec.ServesTls ? [ServerAuthentication] : Array.Empty<string>(), .. Spec.IsTlsClient ? [ClientAuthentication] : Array.Empty<string>()];
        return !HasSubject() ? "another subject is asked"
            : !Certificate.AlternativeNames.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(Spec.AlternativeNames) ? "other names or addresses are asked"
            : Certificate.IsAuthority || !Certificate.ExtendedKeyUsages.ToHashSet(StringComparer.Ordinal).SetEquals(usages) ? "another use is asked"
            : !Key.Is(asked.KeyAlgorithm) ? "another key algorithm is asked"
            : Certificate.NotAfter - Certificate.NotBefore > asked.LeafLifetime + CertificateAuthority.Backdating ? "a shorter lifetime is asked"
            : Certificate.NotBefore > now ? $"it is not valid before {Certificate.NotBefore:yyyy-MM-dd HH:mm}Z"
            : null;
    }

    public bool HasSubject() => Certificate.SubjectBytes.AsSpan().SequenceEqual(Spec.Subject.ToX509Name().GetDerEncoded());

    public bool IsDue(DateTimeOffset now) => RenewalRule.IsDue(Certificate.NotBefore, Certificate.NotAfter, now);

    public void Dispose()
    {
        Certificate.Dispose();
        Key.Dispose();
    }

    private static T? Parsed<T>(PkiFolder folder, string file, Func<string, T> parse, Action<string, string> refuse)
        where T : class
    {
        try
        {
            return parse(folder.Text(file)!);
        }
        catch (FormatException exception)
        {
            refuse(file, exception.Message);
            return null;
        }
    }
}
