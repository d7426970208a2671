using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KubePivot.Configuration;

namespace KubePivot.Assets;

/// <summary>Passwords and certificate authorities that cluster.yaml names files of.</summary>
/// <param name="Passwords">By host.</param>
/// <param name="Authorities">PEM texts by host.</param>
public sealed record RegistryFiles(IReadOnlyDictionary<string, string> Passwords, IReadOnlyDictionary<string, string> Authorities)
{
    /// <summary>Full paths of all files that a specification names.</summary>
    public static IEnumerable<string> PathsOf(RegistriesSpec registries, ClusterPaths paths) =>
        registries.Credentials.Values.Select(account => account.PasswordFile).Concat(registries.Authorities.Values).Select(file => PathOf(paths, file));

    /// <summary>Reads all of them.</summary>
    /// <exception cref="InvalidInputException">With everything that is wrong with them, at once: a file that is missing, or empty, or open to others, or no PEM.</exception>
    public static RegistryFiles Load(RegistriesSpec registries, ClusterPaths paths)
    {
        var problems = new List<Problem>();
        var passwords = registries.Credentials.ToDictionary(
            pair => pair.Key, pair => Read($"registries.credentials[{pair.Key}].passwordFile", pair.Value.PasswordFile, paths, PasswordOf, problems), StringComparer.Ordinal);
        var authorities = registries.Authorities.ToDictionary(
            pair => pair.Key, pair => Read($"registries.authorities[{pair.Key}]", pair.Value, paths, AuthoritiesOf, problems), StringComparer.Ordinal);
        return problems.Count == 0 ? new RegistryFiles(passwords, authorities) : throw new InvalidInputException("Registries cannot be used as asked for; nothing was changed:", problems);
    }

    private static string Read(string place, string file, ClusterPaths paths, Func<string, string> read, List<Problem> problems)
    {
        try
        {
            return read(PathOf(paths, file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add(new Problem(place, file, exception is FileNotFoundException or DirectoryNotFoundException ? $"there is no file {PathOf(paths, file)}" : $"cannot be read: {exception.Message}"));
        }
        catch (FormatException exception)
        {
            problems.Add(new Problem(place, file, exception.Message));
        }

        return "";
    }

    private static string PasswordOf(string path)
    {
        var text = File.ReadAllText(path).TrimEnd('\r', '\n');
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0 ? throw new FormatException($"can be read by others than its owner: chmod 600 {path}")
            : text.Length == 0 ? throw new FormatException("is empty, but must hold the password")
            : text.Any(char.IsControl) ? throw new FormatException("must hold the password in one line, and nothing else")
            : text;
    }

    private static string AuthoritiesOf(string path)
    {
        var text = File.ReadAllText(path);
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw new FormatException($"holds a certificate that cannot be read: {exception.Message}", exception);
        }

        // What else the file holds, a private key perhaps, is nothing for the nodes.
        return certificates.Count == 0
            ? throw new FormatException("holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
            : string.Concat(certificates.Select(certificate => certificate.ExportCertificatePem() + "\n"));
    }

    private static string PathOf(ClusterPaths paths, string file) => Path.GetFullPath(file, paths.Root);
}
