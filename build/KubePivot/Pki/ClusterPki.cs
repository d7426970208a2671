using KubePivot.Configuration;
using KubePivot.Resuming;

namespace KubePivot.Pki;

/// <summary>The PKI on disk, for those that use it: PEM texts by name. <c>GeneratePki</c> makes it.</summary>
public sealed class ClusterPki
{
    private readonly PkiFolder folder;

    private ClusterPki(PkiFolder folder, string fingerprint, RotationState rotation, EncryptionKeys encryption) =>
        (this.folder, Fingerprint, Rotation, Encryption) = (folder, fingerprint, rotation, encryption);

    /// <summary>How far a rotation of the authorities has come.</summary>
    public RotationState Rotation { get; }

    /// <summary>The service-account key of before, public half, PEM, while it is still trusted.</summary>
    public string PreviousServiceAccountKey => Text(PkiFolder.PublicKeyFile(Pki.Rotation.Previous(ClusterCertificates.ServiceAccount)));

    /// <summary>SHA-256 of all certificates and keys of the table, lower-case hexadecimal.</summary>
    public string Fingerprint { get; }

    /// <summary>The keys that Secrets are encrypted with in etcd.</summary>
    public EncryptionKeys Encryption { get; }

    /// <summary>Reads all that the cluster's table of certificates names.</summary>
    /// <exception cref="PkiException">Something is missing: lists it; or the file of the encryption keys is damaged.</exception>
    public static ClusterPki Load(ClusterPaths paths, Cluster cluster)
    {
        const string Remedy = "Run ./build.sh GeneratePki.";
        if (PkiTransaction.IsPending(paths.Pki))
        {
            throw new PkiException($"A change of the PKI in {paths.Pki} was interrupted. {Remedy}");
        }

        var folder = PkiFolder.Load(paths.Pki);
        var table = ClusterCertificates.Of(cluster);
        var files = FilesOf(table).ToList();
        var missing = files.Where(file => !folder.Has(file)).ToList();
        if (missing.Count > 0)
        {
            throw new PkiException($"The PKI in {paths.Pki} is not complete: {string.Join(", ", missing.Take(5))}{(missing.Count > 5 ? $" and {missing.Count - 5} more" : "")} missing. {Remedy}");
        }

        using var hash = new InputHash();
        foreach (var file in files.Concat(Pki.Rotation.NextFiles(table)).Concat(Pki.Rotation.PreviousFiles(table)).Where(folder.Has))
        {
            hash.Add(file, folder.Text(file));
        }

        return new ClusterPki(folder, hash.ToString(), Pki.Rotation.StateOf(folder, table), EncryptionKeyFile.Parse(Path.Combine(paths.Pki, EncryptionKeyFile.Name), folder.Text(EncryptionKeyFile.Name)!));
    }

    /// <summary>A certificate, PEM.</summary>
    /// <param name="name">As in the table (<see cref="ClusterCertificates"/>): <c>apiserver</c>, <c>kubelet-client-master01</c>.</param>
    public string Certificate(string name) => Text(PkiFolder.CertificateFile(name));

    /// <summary>What an authority's certificates are verified with, PEM: itself, and in a rotation its successor or predecessor.</summary>
    /// <param name="name">As in <c>ca</c>, <c>etcd-ca</c>.</param>
    public string Bundle(string name) => Together(name, PkiFolder.CertificateFile);

    /// <summary>A private key, PKCS#8 PEM. A secret.</summary>
    public string Key(string name) => Text(PkiFolder.KeyFile(name));

    /// <summary>Public keys, PEM: the one in use, and in a rotation the next or the previous one; <c>service-account</c> is the only one that lies there by itself.</summary>
    public string PublicKeys(string name) => Together(name, PkiFolder.PublicKeyFile);

    /// <summary>Names of all files of a cluster's PKI, in the table's order.</summary>
    internal static IEnumerable<string> FilesOf(Cluster cluster) => FilesOf(ClusterCertificates.Of(cluster));

    private static IEnumerable<string> FilesOf(IEnumerable<CertificateSpec> table) =>
    [
        .. table.SelectMany(spec => PkiFolder.CertificatePair(spec.Name)),
        .. PkiFolder.KeyPair(ClusterCertificates.ServiceAccount),
        EncryptionKeyFile.Name,
    ];

    private string Together(string name, Func<string, string> fileOf) =>
        string.Join("\n", new[] { Text(fileOf(name)), folder.Text(fileOf(Pki.Rotation.Next(name))), folder.Text(fileOf(Pki.Rotation.Previous(name))) }.OfType<string>().Select(text => text.TrimEnd())) + "\n";

    private string Text(string file) => folder.Text(file) ?? throw new ArgumentException($"The PKI has no {file}.", nameof(file));
}
