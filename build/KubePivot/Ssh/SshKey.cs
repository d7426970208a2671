using System.Text;
using KubePivot.Files;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Utilities;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Utilities.IO.Pem;

namespace KubePivot.Ssh;

/// <summary>The cluster's own SSH key (Ed25519), the only one that its machines accept. OpenSSH's formats, so that <c>ssh</c> and Vagrant use it too.</summary>
public static class SshKey
{
    private const string PemType = "OPENSSH PRIVATE KEY";

    /// <summary>Generates the key unless it is there, and writes its public half anew if that is missing or not its own.</summary>
    /// <param name="comment">Comment in the public key; the cluster's name.</param>
    /// <exception cref="InvalidInputException">There is a private key file that cannot be read. It is left as it is.</exception>
    public static void EnsureExists(ClusterPaths paths, string comment)
    {
        var file = paths.SshKey;
        if (!File.Exists(file))
        {
            AtomicFile.CreateSecretFolder(paths.State);
            var generator = new Ed25519KeyPairGenerator();
            generator.Init(new Ed25519KeyGenerationParameters(new SecureRandom()));
            AtomicFile.WriteSecret(file, Pem(OpenSshPrivateKeyUtilities.EncodePrivateKey(generator.GenerateKeyPair().Private)));
        }

        var line = $"{PublicKeyOf(file)} {comment}\n";
        if (!File.Exists(file + ".pub") || File.ReadAllText(file + ".pub") != line)
        {
            AtomicFile.Write(file + ".pub", line);
        }
    }

    /// <summary>The public half of a private key file as OpenSSH writes it, without a comment: <c>ssh-ed25519 AAAA…</c>.</summary>
    /// <exception cref="InvalidInputException">The file holds no Ed25519 key in OpenSSH's format.</exception>
    public static string PublicKeyOf(string privateKeyFile)
    {
        try
        {
            using var reader = new PemReader(File.OpenText(privateKeyFile));
            var pem = reader.ReadPemObject();
            if (pem is { Type: PemType } && OpenSshPrivateKeyUtilities.ParsePrivateKeyBlob(pem.Content) is Ed25519PrivateKeyParameters key)
            {
                return $"ssh-ed25519 {Convert.ToBase64String(OpenSshPublicKeyUtilities.EncodePublicKey(key.GeneratePublicKey()))}";
            }
        }
        catch (Exception exception) when (exception is not UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{Refusal(privateKeyFile)} ({exception.Message})");
        }

        throw new InvalidInputException(Refusal(privateKeyFile));
    }

    private static string Refusal(string file) =>
        $"{file} is not an Ed25519 key in OpenSSH's format, so the machines cannot be reached with it. Put the right file back; or, if it is lost, run ./build.sh Destroy, delete it, and bootstrap anew.";

    private static string Pem(byte[] content)
    {
        var text = new StringBuilder();
        using var writer = new PemWriter(new StringWriter(text));
        writer.WriteObject(new PemObject(PemType, content));
        writer.Writer.Flush();
        return text.ToString();
    }
}
