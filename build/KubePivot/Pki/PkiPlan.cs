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
    private readonly Dictionary<string, string> moved = new(StringComparer.Ordinal);
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

    /// <summary>Files that get another name, by their new one, with their content.</summary>
    public IReadOnlyDictionary<string, string> Moved => moved;

    /// <summary>Name of the key for service accounts that has to be made; null if none has to.</summary>
    public string? NewServiceAccountKey { get; private set; }

    /// <summary>The public half of the key that is there has to be written anew; null if not.</summary>
    public string? ServiceAccountPublicKey { get; private set; }

    /// <summary>The keys for Secrets that are needed; null if they are there.</summary>
    public EncryptionKeys? EncryptionKeys { get; private set; }

    /// <summary>Decides.</summary>
    /// <param name="renderedEncryption">A file that was rendered from the key that Secrets are encrypted with; null: there is none.</param>
    /// <exception cref="InvalidInputException">Files in the folder are damaged or foreign: lists them all. With <see cref="PkiChange.Everything"/> they are kept aside instead.</exception>
    public static PkiPlan Of(Cluster cluster, PkiFolder folder, DateTimeOffset now, PkiChange change = PkiChange.WhatIsNeeded, string? renderedEncryption = null)
    {
        var plan = new PkiPlan(folder, cluster.Spec.Pki, now);
        var table = ClusterCertificates.Of(cluster);
        var rotation = Rotation.StateOf(folder, table);
        if (change == PkiChange.Everything)
        {
            table.ToList().ForEach(spec => plan.Replace(spec, "--rotate-ca"));
            plan.retired.AddRange(Rotation.NextFiles(table).Concat(Rotation.PreviousFiles(table)).Where(folder.Has));
            plan.DecideServiceAccount(anew: true);
        }
        else
        {
            plan.DecideAll(table, rotation, change);
        }

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

    private void DecideAll(IReadOnlyList<CertificateSpec> table, RotationState rotation, PkiChange change)
    {
        var switches = change == PkiChange.SwitchToNext && rotation == RotationState.TrustsNext;
        foreach (var spec in table.Where(spec => spec.IsAuthority))
        {
            DecideAuthority(spec, table);
        }

        DecideServiceAccount(anew: false);
        CheckRotation(table, rotation);
        foreach (var spec in table.Where(spec => !spec.IsAuthority))
        {
            DecideLeaf(spec, switches ? "--rotate-ca" : change == PkiChange.Leaves ? "--force" : null);
        }

        if (problems.Count > 0)
        {
            return;
        }

        if (switches)
        {
            SwitchToNext(table);
        }
        else if (change == PkiChange.TrustNext && rotation == RotationState.None)
        {
            issuances.AddRange(table.Where(spec => spec.IsAuthority).Select(spec => new Issuance(spec with { Name = Rotation.Next(spec.Name) }, "--rotate-ca", Replaces: false)));
            NewServiceAccountKey = Rotation.Next(ClusterCertificates.ServiceAccount);
        }
        else if (change == PkiChange.DropPrevious && rotation == RotationState.TrustsPrevious)
        {
            retired.AddRange(Rotation.PreviousFiles(table).Where(folder.Has));
        }
        else if (rotation != RotationState.None)
        {
            remarks.Add("The authorities are being replaced, and old and new ones are trusted: ./build.sh RenewCertificates --rotate-ca goes on with it.");
        }
    }

    /// <summary>What a rotation left must be whole: it is trusted, and about to be used.</summary>
    private void CheckRotation(IReadOnlyList<CertificateSpec> table, RotationState rotation)
    {
        const string Remedy = "put the right file back, or make everything anew with ./build.sh GeneratePki --rotate-ca";
        var expected = rotation switch
        {
            RotationState.TrustsNext => Rotation.NextFiles(table),
            RotationState.TrustsPrevious => Rotation.PreviousFiles(table),
            _ => [],
        };
        var lost = rotation == RotationState.None ? [] : issuances.Where(issuance => issuance.Spec.IsAuthority).Select(issuance => PkiFolder.CertificateFile(issuance.Spec.Name));
        foreach (var file in expected.Where(file => !folder.Has(file)).Concat(lost))
        {
            Refuse(file, $"is missing, but a rotation of the authorities has begun: {Remedy}");
        }

        foreach (var spec in table.Where(spec => spec.IsAuthority))
        {
            var (next, previous) = (spec with { Name = Rotation.Next(spec.Name) }, PkiFolder.CertificateFile(Rotation.Previous(spec.Name)));
            if (PresentFiles(next).Length == 2 && StoredCertificate.Load(folder, next, (file, flaw) => Refuse(file, $"{flaw}: {Remedy}")) is { } stored)
            {
                authorities.Add(next.Name, stored);
                RefuseIf(!stored.Certificate.IsAuthority, PkiFolder.CertificateFile(next.Name), $"is not the certificate of an authority (CA:TRUE): {Remedy}");
            }

            Check(previous, text => Certificate.FromPem(text).Dispose());
        }

        Check(PkiFolder.PublicKeyFile(Rotation.Previous(ClusterCertificates.ServiceAccount)), PrivateKey.CheckPublicPem);
        var (keyFile, publicFile) = (PkiFolder.KeyFile(Rotation.Next(ClusterCertificates.ServiceAccount)), PkiFolder.PublicKeyFile(Rotation.Next(ClusterCertificates.ServiceAccount)));
        Check(keyFile, text =>
        {
            using var key = PrivateKey.FromPem(text);
            RefuseIf(folder.Text(publicFile) is { } publicText && publicText.Trim() != key.PublicPem.Trim(), publicFile, $"does not belong to {keyFile}: {Remedy}");
        });

        void Check(string file, Action<string> parse)
        {
            try
            {
                if (folder.Text(file) is { } text)
                {
                    parse(text);
                }
            }
            catch (FormatException exception)
            {
                Refuse(file, $"{exception.Message}: {Remedy}");
            }
        }
    }

    private void RefuseIf(bool wrong, string file, string rule)
    {
        if (wrong)
        {
            Refuse(file, rule);
        }
    }

    private void SwitchToNext(IReadOnlyList<CertificateSpec> table)
    {
        foreach (var spec in table.Where(spec => spec.IsAuthority))
        {
            var next = Rotation.Next(spec.Name);
            authorities.Remove(spec.Name, out var old);
            authorities.Remove(next, out var taken);
            old!.Dispose();
            authorities.Add(spec.Name, taken!);
            Move(PkiFolder.CertificateFile(spec.Name), PkiFolder.CertificateFile(Rotation.Previous(spec.Name)));
            Move(PkiFolder.CertificateFile(next), PkiFolder.CertificateFile(spec.Name));
            Move(PkiFolder.KeyFile(next), PkiFolder.KeyFile(spec.Name));
            retired.AddRange(PresentFiles(spec).Concat(PresentFiles(spec with { Name = next })));
        }

        const string Name = ClusterCertificates.ServiceAccount;
        moved[PkiFolder.PublicKeyFile(Rotation.Previous(Name))] = ServiceAccountPublicKey ?? folder.Text(PkiFolder.PublicKeyFile(Name))!;
        ServiceAccountPublicKey = null;
        Move(PkiFolder.KeyFile(Rotation.Next(Name)), PkiFolder.KeyFile(Name));
        Move(PkiFolder.PublicKeyFile(Rotation.Next(Name)), PkiFolder.PublicKeyFile(Name));
        retired.AddRange(PkiFolder.KeyPair(Name).Concat(PkiFolder.KeyPair(Rotation.Next(Name))).Where(folder.Has));

        void Move(string from, string to) => moved[to] = folder.Text(from) ?? throw new InvalidOperationException($"{from} was checked to be there");
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
            remarks.Add($"{name} ends {end:yyyy-MM-dd}, and so do its certificates: replace it with ./build.sh RenewCertificates --rotate-ca.");
        }

        if (!authority.HasSubject() || !authority.Key.Is(asked.KeyAlgorithm))
        {
            remarks.Add($"{name} keeps its subject and key ({authority.Certificate.Subject}): authorities are replaced only with --rotate-ca.");
        }
    }

    private void DecideLeaf(CertificateSpec spec, string? forced)
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
        var reason = forced ?? stored.Difference(asked, now) ?? due;
        if (reason != null)
        {
            Replace(spec, reason);
        }
    }

    private void DecideServiceAccount(bool anew)
    {
        const string Name = ClusterCertificates.ServiceAccount;
        const string Remedy = "put the right file back, or make a new pair with ./build.sh GeneratePki --rotate-ca";
        var (keyFile, publicFile) = (PkiFolder.KeyFile(Name), PkiFolder.PublicKeyFile(Name));
        var (keyText, publicText) = (folder.Text(keyFile), folder.Text(publicFile));
        if (anew || (keyText == null && publicText == null))
        {
            NewServiceAccountKey = Name;
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
        string[] keys = [.. PkiFolder.KeyPair(ClusterCertificates.ServiceAccount), EncryptionKeyFile.Name];
        foreach (var file in table.SelectMany(FilesOf).Concat(keys).Where(folder.Folders.Contains))
        {
            Refuse(file, "is a folder, but must be a file: look what it is, and move it away");
        }
    }

    private void Refuse(string file, string rule) => problems.Add(new Problem(Path.Combine(folder.Path, file), null, rule));

    private string[] PresentFiles(CertificateSpec spec) => [.. FilesOf(spec).Where(folder.Has)];

    private static string[] FilesOf(CertificateSpec spec) => PkiFolder.CertificatePair(spec.Name);
}
