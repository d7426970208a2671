namespace KubePivot.Pki;

/// <summary>The files of <c>.cluster/pki</c>, read. Nothing here writes.</summary>
public sealed class PkiFolder
{
    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);

    private PkiFolder(string path) => Path = path;

    public string Path { get; }

    /// <summary>Names of all files that were read.</summary>
    public IReadOnlyCollection<string> Files => texts.Keys;

    /// <summary>Reads all certificates and keys; a missing folder is an empty one.</summary>
    /// <exception cref="PkiException">A file cannot be read.</exception>
    public static PkiFolder Load(string path) => Load(path, ".crt", ".key", ".pub");

    /// <summary>Reads the certificates only.</summary>
    /// <inheritdoc cref="Load(string)"/>
    public static PkiFolder LoadCertificates(string path) => Load(path, ".crt");

    /// <summary>Names of folders that lie where files of the PKI could.</summary>
    public IReadOnlyCollection<string> Folders { get; private set; } = [];

    public bool Has(string file) => texts.ContainsKey(file);

    /// <summary>The content of a file, or null if there is none.</summary>
    public string? Text(string file) => texts.GetValueOrDefault(file);

    public static string CertificateFile(string name) => $"{name}.crt";

    public static string KeyFile(string name) => $"{name}.key";

    public static string PublicKeyFile(string name) => $"{name}.pub";

    /// <summary>The two files of a certificate.</summary>
    internal static string[] CertificatePair(string name) => [CertificateFile(name), KeyFile(name)];

    /// <summary>The two files of a key that stands for itself.</summary>
    internal static string[] KeyPair(string name) => [KeyFile(name), PublicKeyFile(name)];

    private static PkiFolder Load(string path, params string[] endings)
    {
        var folder = new PkiFolder(path);
        try
        {
            folder.Folders = Directory.Exists(path) ? [.. Directory.GetDirectories(path).Select(entry => System.IO.Path.GetFileName(entry)!)] : [];
            foreach (var file in Directory.Exists(path) ? Directory.GetFiles(path).Where(file => endings.Contains(System.IO.Path.GetExtension(file))) : [])
            {
                folder.texts.Add(System.IO.Path.GetFileName(file), File.ReadAllText(file));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"The PKI folder {path} could not be read: {exception.Message} Let this user read it, then run again.", exception);
        }

        return folder;
    }
}
