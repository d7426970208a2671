using KubePivot.Pki;

namespace KubePivot.Assets;

/// <summary>The PEM texts that templates put into files, asked for by name (see the PKI's table of certificates).</summary>
/// <param name="Certificate">As in <c>apiserver</c>, <c>kubelet-client-master01</c>.</param>
/// <param name="Key">A private key. A file that holds one is written as a secret.</param>
/// <param name="PublicKey">As in <c>service-account</c>.</param>
/// <param name="Encryption">What Secrets are encrypted with in etcd. A file that holds one of these keys is written as a secret.</param>
public sealed record PkiTexts(Func<string, string> Certificate, Func<string, string> Key, Func<string, string> PublicKey, EncryptionKeys Encryption)
{
    public static PkiTexts Of(ClusterPki pki) => new(pki.Certificate, pki.Key, pki.PublicKey, pki.Encryption);
}
