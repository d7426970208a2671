using KubePivot.Configuration;

namespace KubePivot.Pki;

/// <summary>A certificate to issue.</summary>
/// <param name="Reason">Why, for people: <c>not there yet</c>, <c>ends 2027-01-02</c>.</param>
/// <param name="Replaces">There is one, which is kept aside.</param>
public sealed record Issuance(CertificateSpec Spec, string Reason, bool Replaces);

/// <summary>
/// What has to be done so that the PKI folder holds what the table asks. Decided from what lies there, before anything is changed:
/// a pair is kept only while it verifies against its authority, covers what is asked and is not due.
/// </summary>
public sealed class PkiPlan : IDisposable
{
    private readonly Dictionary<string, StoredCertificate> authorities = new(StringComparer.Ordinal);
    private readonly List<Issuance> issuances = [];
    private readonly List<string> retired = [];
    private readonly List<string> remarks = [];
    private readonly List<Problem> problems = [];
    private readonly PkiFolder folder;
    private readonly PkiSpec asked;
    private readonly DateTimeOffset now;

    private PkiPlan(PkiFolder folder, PkiSpec asked, DateTimeOffset now) => (this.folder, this.asked, this.now) = (folder, asked, now);

    /// <summary>What to issue, in the order of the table.</summary>
    public IReadOnlyList<Issuance> Issuances => issuances;

    /// <summary>Files to keep aside: those that are replaced, and those of nodes that are gone.</summary>
    public IReadOnlyList<string> Retired => retired;

    /// <summary>What a person should know, one line each.</summary>
    public IReadOnlyList<string> Remarks => remarks;

    /// <summary>A new key for service accounts is needed.</summary>
    public bool NeedsServiceAccountKey { get; private set; }

    /// <summary>The public half of the key that is there has to be written anew; null if not.</summary>
    public string? ServiceAccountPublicKey { get; private set; }

    /// <summary>The keys for Secrets that are needed; null if they are there.</summary>
    public EncryptionKeys? EncryptionKeys { get; private set; }

    /// <summary>Decides.</summary>
    /// <param name="force">Every leaf is issued anew.</param>
    /// <param name="rotateCa">Everything is, authorities and service-account key included; damaged files are then kept aside with the rest. The key that Secrets are encrypted with stays.</param>
    /// <param name="renderedEncryption">A file that was rendered from the key that Secrets are encrypted with; null: there is none.</param>
    /// <exception cref="InvalidInputException">Files in the folder are damaged or foreign: lists them all.</exception>
    public static PkiPlan Of(Cluster cluster, PkiFolder folder, DateTimeOffset now, bool force = false, bool rotateCa = false, string? renderedEncryption = null)
    {
        var plan = new PkiPlan(folder, cluster.Spec.Pki, now);
        var table = ClusterCertificates.Of(cluster);
        foreach (var spec in table)
        {
            if (rotateCa)
            {
                plan.Replace(spec, "--rotate-ca");
            }
            else if (spec.IsAuthority)
            {
                plan.DecideAuthority(spec, table);
            }
            else
            {
                plan.DecideLeaf(spec, force);
            }
        }

        plan.DecideServiceAccount(rotateCa);
        plan.DecideEncryption(renderedEncryption, isNew: !table.SelectMany(FilesOf).Any(folder.Has));
        plan.RefuseFolders(table);
        plan.RetireRemovedNodes(table);
        if (plan.problems.Count == 0)
        {
            return plan;
        }

        plan.Dispose();
        throw new InvalidInputException($"The PKI folder {folder.Path} holds files that cannot be used; nothing was changed:", plan.problems);
    }

    /// <summary>The authority that is there and stays, or null if one has to be issued.</summary>
    internal CertificateAuthority? KeptAuthority(string name) =>
        authorities.TryGetValue(name, out var stored) ? new CertificateAuthority(stored.Certificate, stored.Key) : null;

    public void Dispose()
    {
        foreach (var authority in authorities.Values)
        {
            authority.Dispose();
        }
    }

    private void DecideAuthority(CertificateSpec spec, IReadOnlyList<CertificateSpec> table)
    {
        const string Remedy = "put the right file back, or replace all authorities with ./build.sh GeneratePki --rotate-ca";
        var present = PresentFiles(spec);
        if (present.Length < 2)
        {
            var leaves = table.Where(leaf => leaf.Issuer == spec.Name).SelectMany(PresentFiles).Count();
            if (present.Length == 1 || leaves > 0)
            {
                var missing = FilesOf(spec).Except(present).First();
                Refuse(missing, $"is missing, but {(present.Length == 1 ? present[0] : $"{leaves} files of certificates that it issued")} is there: {Remedy}");
            }
            else
            {
                Replace(spec, "not there yet");
            }

            return;
        }

        var stored = StoredCertificate.Load(folder, spec, (file, flaw) => Refuse(file, $"{flaw}: {Remedy}"));
        if (stored == null)
        {
            return;
        }

        authorities.Add(spec.Name, stored);
        var certificate = stored.Certificate;
        var flaw = !certificate.IsAuthority ? "is not the certificate of an authority (CA:TRUE)"
            : !certificate.IsSignedBy(certificate) ? "is not signed by itself"
            : certificate.NotAfter <= now ? $"expired {certificate.NotAfter:yyyy-MM-dd HH:mm}Z"
            : certificate.NotBefore > now ? $"is not valid before {certificate.NotBefore:yyyy-MM-dd HH:mm}Z (is this machine's clock, {now.UtcDateTime:yyyy-MM-dd HH:mm}Z, right?)"
            : null;
        if (flaw != null)
        {
            Refuse(PkiFolder.CertificateFile(spec.Name), $"{flaw}: {Remedy}");
        }
        else
        {
            RemarkOn(stored);
        }
    }

    private void RemarkOn(StoredCertificate authority)
    {
        var (name, end) = (authority.Spec.Name, authority.Certificate.NotAfter);
        if (authority.IsDue(now))
        {
            remarks.Add($"{name} ends {end:yyyy-MM-dd}, and so do its certificates: replace it with ./build.sh GeneratePki --rotate-ca.");
        }

        if (!authority.HasSubject() || !authority.Key.Is(asked.KeyAlgorithm))
        {
            remarks.Add($"{name} keeps its subject and key ({authority.Certificate.Subject}): authorities are replaced only with --rotate-ca.");
        }
    }

    private void DecideLeaf(CertificateSpec spec, bool force)
    {
        const string Remedy = "move both files of this certificate away, then run ./build.sh GeneratePki again: it issues a new one";
        var present = PresentFiles(spec);
        if (present.Length < 2)
        {
            Replace(spec, present.Length == 0 ? "not there yet" : $"{FilesOf(spec).Except(present).Single()} is missing");
            return;
        }

        using var stored = StoredCertificate.Load(folder, spec, (file, flaw) => Refuse(file, $"{flaw}: {Remedy}"));
        if (stored == null || !authorities.TryGetValue(spec.Issuer!, out var issuer))
        {
            return; // Either is refused already.
        }

        if (!stored.Certificate.IsSignedBy(issuer.Certificate))
        {
            Refuse(PkiFolder.CertificateFile(spec.Name), $"is not signed by {PkiFolder.CertificateFile(spec.Issuer!)} (its issuer is '{stored.Certificate.Issuer}'): {Remedy}");
            return;
        }

        // One that ends with its issuer would not last longer if it were issued anew.
        var due = stored.IsDue(now) && stored.Certificate.NotAfter < issuer.Certificate.NotAfter ? $"it ends {stored.Certificate.NotAfter:yyyy-MM-dd HH:mm}Z" : null;
        var reason = force ? "--force" : stored.Difference(asked, now) ?? due;
        if (reason != null)
        {
            Replace(spec, reason);
        }
    }

    private void DecideServiceAccount(bool rotateCa)
    {
        const string Name = ClusterCertificates.ServiceAccount;
        const string Remedy = "put the right file back, or make a new pair with ./build.sh GeneratePki --rotate-ca";
        var (keyFile, publicFile) = (PkiFolder.KeyFile(Name), PkiFolder.PublicKeyFile(Name));
        var (keyText, publicText) = (folder.Text(keyFile), folder.Text(publicFile));
        NeedsServiceAccountKey = rotateCa || (keyText == null && publicText == null);
        if (NeedsServiceAccountKey)
        {
            retired.AddRange(new[] { keyFile, publicFile }.Where(folder.Has));
            return;
        }

        if (keyText == null)
        {
            Refuse(keyFile, $"is missing, but {publicFile} is there: {Remedy}");
            return;
        }

        try
        {
            using var key = PrivateKey.FromPem(keyText);
            ServiceAccountPublicKey = publicText == null ? key.PublicPem : null;
            if (publicText != null && publicText.Trim() != key.PublicPem.Trim())
            {
                Refuse(publicFile, $"does not belong to {keyFile}: {Remedy}");
            }
        }
        catch (FormatException exception)
        {
            Refuse(keyFile, $"{exception.Message}: {Remedy}");
        }
    }

    /// <summary>Never made anew where one may be in use, whatever was asked: nobody could read the Secrets in etcd any more.</summary>
    private void DecideEncryption(string? rendered, bool isNew)
    {
        const string Name = EncryptionKeyFile.Name;
        const string Remedy = "put the right file back, from a copy or a folder pki-TIME; without its keys nobody can read the Secrets in etcd";
        if (folder.Text(Name) is not { } text)
        {
            if (rendered != null)
            {
                Refuse(Name, $"is missing, but {rendered}, which was rendered from it, is there: {Remedy}");
                return;
            }

            EncryptionKeys = isNew ? EncryptionKeys.ForNewCluster() : EncryptionKeys.ForRunningCluster();
            RemarkOn(EncryptionKeys);
            return;
        }

        try
        {
            RemarkOn(EncryptionKeys.Parse(text));
        }
        catch (FormatException exception)
        {
            Refuse(Name, $"{exception.Message}: {Remedy}");
        }
    }

    private void RemarkOn(EncryptionKeys keys)
    {
        if (keys.Phase != EncryptionPhase.Settled)
        {
            remarks.Add(keys.Write.IsIdentity
                ? "Secrets are not encrypted in etcd, for this PKI is older than their key: ./build.sh RotateEncryptionKey encrypts them, on the running cluster."
                : "The rotation of the key that Secrets are encrypted with is not finished: ./build.sh RotateEncryptionKey goes on with it.");
        }
    }

    private void RetireRemovedNodes(IReadOnlyList<CertificateSpec> table)
    {
        var wanted = table.SelectMany(FilesOf).ToHashSet(StringComparer.Ordinal);
        retired.AddRange(folder.Files
            .Where(file => Path.GetExtension(file) is ".crt" or ".key" && ClusterCertificates.BelongsToNode(Path.GetFileNameWithoutExtension(file)) && !wanted.Contains(file))
            .Order(StringComparer.Ordinal));
    }

    private void Replace(CertificateSpec spec, string reason)
    {
        var present = PresentFiles(spec);
        issuances.Add(new Issuance(spec, reason, present.Length > 0));
        retired.AddRange(present);
    }

    private void RefuseFolders(IEnumerable<CertificateSpec> table)
    {
        string[] keys = [PkiFolder.KeyFile(ClusterCertificates.ServiceAccount), PkiFolder.PublicKeyFile(ClusterCertificates.ServiceAccount), EncryptionKeyFile.Name];
        foreach (var file in table.SelectMany(FilesOf).Concat(keys).Where(folder.Folders.Contains))
        {
            Refuse(file, "is a folder, but must be a file: look what it is, and move it away");
        }
    }

    private void Refuse(string file, string rule) => problems.Add(new Problem(Path.Combine(folder.Path, file), null, rule));

    private string[] PresentFiles(CertificateSpec spec) => [.. FilesOf(spec).Where(folder.Has)];

    private static string[] FilesOf(CertificateSpec spec) => [PkiFolder.CertificateFile(spec.Name), PkiFolder.KeyFile(spec.Name)];
}
