using KubePivot.Pki;

namespace KubePivot.Assets;

/// <summary>The PEM texts that templates put into files, asked for by name (see the PKI's table of certificates).</summary>
/// <param name="Certificate">As in <c>apiserver</c>, <c>kubelet-client-master01</c>.</param>
/// <param name="Bundle">What the certificates of an authority are verified with, as in <c>ca</c>: one certificate, or two.</param>
/// <param name="Key">A private key. A file that holds one is written as a secret.</param>
/// <param name="PublicKeys">As in <c>service-account</c>: one, or two.</param>
/// <param name="Encryption">What Secrets are encrypted with in etcd. A file that holds one of these keys is written as a secret.</param>
public sealed record PkiTexts(
    Func<string, string> Certificate, Func<string, string> Bundle, Func<string, string> Key, Func<string, string> PublicKeys, EncryptionKeys Encryption)
{
    public static PkiTexts Of(ClusterPki pki) => new(pki.Certificate, pki.Bundle, pki.Key, pki.PublicKeys, pki.Encryption);
}
