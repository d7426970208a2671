namespace KubePivot.Pki;

/// <summary>The file of the encryption keys in the PKI folder, and what was kept aside of it. GeneratePki makes it.</summary>
/// <remarks>It is in no table of certificates and no <c>--rotate-ca</c> replaces it: what lies in etcd could not be read any more.</remarks>
public sealed class EncryptionKeyFile(ClusterPaths paths)
{
    /// <summary>Its name in <c>.cluster/pki</c>; what ends in <c>.key</c> is written as a secret.</summary>
    public const string Name = "secrets-encryption.key";

    /// <summary>Names of the keys that Secrets may lie under now; none if there is no file.</summary>
    /// <exception cref="PkiException">The file is damaged or cannot be read.</exception>
    public IReadOnlyList<string> NamesInUse() => [.. Read(paths.Pki)?.InUse.Select(key => key.Name) ?? []];

    /// <summary>How far a rotation is; null if there is no file.</summary>
    /// <exception cref="PkiException">The file is damaged or cannot be read.</exception>
    public EncryptionPhase? Phase => Read(paths.Pki)?.Phase;

    /// <exception cref="PkiException">The file is missing, damaged, or cannot be read, or a change of the PKI was interrupted.</exception>
    public EncryptionKeys Load() =>
        PkiTransaction.IsPending(paths.Pki) ? throw new PkiException($"A change of the PKI in {paths.Pki} was interrupted. Run ./build.sh GeneratePki.")
        : Read(paths.Pki) ?? throw new PkiException($"The PKI in {paths.Pki} is not complete: {Name} missing. Run ./build.sh GeneratePki.");

    /// <summary>Replaces the file: as a whole, or not at all.</summary>
    /// <param name="keepAside">Keeps what was there in a folder <c>pki-TIME</c> of its own.</param>
    /// <returns>That folder, or null.</returns>
    /// <exception cref="PkiException">The disk refuses.</exception>
    public string? Save(EncryptionKeys keys, DateTimeOffset now, bool keepAside = false) =>
        new PkiTransaction(paths.Pki).Commit(new Dictionary<string, string> { [Name] = keys.ToText() }, keepAside ? [Name] : [], now);

    /// <summary>Keys by name, from the file and from all that was kept aside of it.</summary>
    /// <returns>Those that were found; of one that is missing there is nothing.</returns>
    /// <exception cref="PkiException">A file is damaged or cannot be read.</exception>
    public IReadOnlyList<EncryptionKey> Find(IReadOnlyCollection<string> names)
    {
        var aside = Directory.Exists(paths.State) ? Directory.GetDirectories(paths.State, $"{Path.GetFileName(paths.Pki)}-*") : [];
        return [.. aside.Order(StringComparer.Ordinal).Prepend(paths.Pki).SelectMany(folder => Read(folder)?.Keys ?? []).Where(key => names.Contains(key.Name)).DistinctBy(key => key.Name)];
    }

    /// <param name="file">Where the text is from, for people.</param>
    /// <exception cref="PkiException">It is damaged.</exception>
    internal static EncryptionKeys Parse(string file, string text)
    {
        try
        {
            return EncryptionKeys.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new PkiException($"{file} {exception.Message}. Put the right file back: without its keys nobody can read the Secrets in etcd.", exception);
        }
    }

    private static EncryptionKeys? Read(string folder)
    {
        var file = Path.Combine(folder, Name);
        try
        {
            return File.Exists(file) ? Parse(file, File.ReadAllText(file)) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"{file} could not be read: {exception.Message} Let this user read it, then run again.", exception);
        }
    }
}
