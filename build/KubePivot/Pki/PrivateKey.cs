using System.Security.Cryptography;
using KubePivot.Configuration;

namespace KubePivot.Pki;

/// <summary>A private key. Made and used by .NET, whose native code makes a P-256 key in well under a millisecond.</summary>
public sealed class PrivateKey : IDisposable
{
    private readonly AsymmetricAlgorithm key;

    private PrivateKey(AsymmetricAlgorithm key) => this.key = key;

    public bool IsRsa => key is RSA;

    /// <summary>The public half, DER.</summary>
    public byte[] SubjectPublicKeyInfo => key.ExportSubjectPublicKeyInfo();

    /// <summary>The public half, PEM (<c>PUBLIC KEY</c>).</summary>
    public string PublicPem => key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>Makes a new key.</summary>
    public static PrivateKey Generate(KeyAlgorithm algorithm) => new(algorithm switch
    {
        KeyAlgorithm.EcdsaP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        KeyAlgorithm.Rsa2048 => GenerateRsa(2048),
        KeyAlgorithm.Rsa4096 => GenerateRsa(4096),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, null),
    });

    /// <summary>Whether a text is a public key as <see cref="PublicPem"/> gives it.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static void CheckPublicPem(string pem) =>
        (Imported(pem, _ => true) ?? throw new FormatException("is no public key in PEM form (ECDSA or RSA)")).Dispose();

    /// <summary>Reads a key: PKCS#8 (<c>PRIVATE KEY</c>), <c>EC PRIVATE KEY</c> or <c>RSA PRIVATE KEY</c>, not encrypted.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static PrivateKey FromPem(string pem) => new(
        Imported(pem, key => key is ECDsa ecdsa ? HasPrivateHalf(ecdsa) : HasPrivateHalf((RSA)key)) ?? throw new FormatException("is no private key in PEM form (ECDSA or RSA, not encrypted)"));

    /// <summary>The key as PKCS#8 PEM (<c>PRIVATE KEY</c>). A secret.</summary>
    public string ToPem() => key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>Whether the key is of an algorithm and size.</summary>
    public bool Is(KeyAlgorithm algorithm) => (algorithm, key) switch
    {
        (KeyAlgorithm.EcdsaP256, ECDsa { KeySize: 256 }) => true,
        (KeyAlgorithm.Rsa2048, RSA { KeySize: 2048 }) => true,
        (KeyAlgorithm.Rsa4096, RSA { KeySize: 4096 }) => true,
        _ => false,
    };

    /// <summary>A signature with SHA-256, in the form that X.509 has it.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => key is ECDsa ecdsa
        ? ecdsa.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
        : ((RSA)key).SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public void Dispose() => key.Dispose();

    /// <summary>RSA.Create(bits) makes the key when it is first asked for; asking here keeps the work on this thread.</summary>
    private static RSA GenerateRsa(int bits)
    {
        var rsa = RSA.Create(bits);
        rsa.ExportParameters(includePrivateParameters: false);
        return rsa;
    }

    private static AsymmetricAlgorithm? Imported(string pem, Func<AsymmetricAlgorithm, bool> isWanted)
    {
        foreach (var empty in new Func<AsymmetricAlgorithm>[] { ECDsa.Create, RSA.Create })
        {
            var key = empty();
            try
            {
                key.ImportFromPem(pem);
                if (isWanted(key))
                {
                    return key;
                }
            }
            catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
            {
                // Perhaps a key of the other kind; a curve that this machine does not know is of none.
            }

            key.Dispose();
        }

        return null;
    }

    private static bool HasPrivateHalf(ECDsa key) => key.ExportParameters(includePrivateParameters: true).D != null;

    private static bool HasPrivateHalf(RSA key) => key.ExportParameters(includePrivateParameters: true).D != null;
}
