using System.Collections.Concurrent;
using KubePivot.Configuration;

namespace KubePivot.Pki;

/// <summary>Makes the files that a plan asks for. Nothing here touches the disk.</summary>
internal static class PkiIssuing
{
    /// <returns>Contents by file name.</returns>
    public static IReadOnlyDictionary<string, string> Issue(PkiPlan plan, PkiSpec asked, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var files = new ConcurrentDictionary<string, string>(plan.Moved, StringComparer.Ordinal);
        var names = plan.Issuances.Select(issuance => issuance.Spec.Name).Concat(plan.NewServiceAccountKey is { } made ? [made] : []);
        var keys = GenerateKeys(names, asked.KeyAlgorithm, cancellationToken);
        if (plan.NewServiceAccountKey is { } name)
        {
            files[PkiFolder.KeyFile(name)] = keys[name].ToPem();
            files[PkiFolder.PublicKeyFile(name)] = keys[name].PublicPem;
        }
        else if (plan.ServiceAccountPublicKey is { } publicKey)
        {
            files[PkiFolder.PublicKeyFile(ClusterCertificates.ServiceAccount)] = publicKey;
        }

        if (plan.EncryptionKeys is { } encryption)
        {
            files[EncryptionKeyFile.Name] = encryption.ToText();
        }

        var authorities = new Dictionary<string, CertificateAuthority>(StringComparer.Ordinal);
        foreach (var spec in plan.Issuances.Select(issuance => issuance.Spec))
        {
            var key = keys[spec.Name];
            var pem = spec.IsAuthority
                ? CertificateAuthority.IssueOwn(spec, key, asked.CaLifetime, now)
                : IssueLeaf(AuthorityOf(spec), spec, key);
            if (spec.IsAuthority)
            {
                authorities[spec.Name] = new CertificateAuthority(Certificate.FromPem(pem), key);
            }

            files[PkiFolder.CertificateFile(spec.Name)] = pem;
            files[PkiFolder.KeyFile(spec.Name)] = key.ToPem();
        }

        return files;

        CertificateAuthority AuthorityOf(CertificateSpec spec)
        {
            if (!authorities.TryGetValue(spec.Issuer!, out var authority))
            {
                authorities[spec.Issuer!] = authority = plan.KeptAuthority(spec.Issuer!)!;
            }

            return authority;
        }

        // A leaf ends with its issuer at the latest.
        string IssueLeaf(CertificateAuthority authority, CertificateSpec spec, PrivateKey key)
        {
            var left = authority.Certificate.NotAfter - now;
            return authority.Issue(spec, key.SubjectPublicKeyInfo, left < asked.LeafLifetime ? left : asked.LeafLifetime, now);
        }
    }

    /// <summary>An RSA key takes 0.1 s to seconds, so the keys are made on all processors at once.</summary>
    private static ConcurrentDictionary<string, PrivateKey> GenerateKeys(IEnumerable<string> names, KeyAlgorithm algorithm, CancellationToken cancellationToken)
    {
        var keys = new ConcurrentDictionary<string, PrivateKey>(StringComparer.Ordinal);
        Parallel.ForEach(names, new ParallelOptions { CancellationToken = cancellationToken }, name => keys[name] = PrivateKey.Generate(algorithm));
        return keys;
    }
}
