using KubePivot.Configuration;

namespace KubePivot.Pki;

/// <summary>A rotation on the running cluster that was begun and has not come to its end, for <c>Status</c>.</summary>
/// <param name="What"><c>authorities</c> or <c>encryption key</c>.</param>
/// <param name="State">How far it is, in words.</param>
/// <param name="Command">What goes on with it.</param>
public sealed record UnfinishedRotation(string What, string State, string Command)
{
    /// <returns>None, as a rule.</returns>
    /// <exception cref="PkiException">The PKI folder cannot be read.</exception>
    public static IReadOnlyList<UnfinishedRotation> Find(ClusterPaths paths, Cluster cluster) =>
        [.. new[] { OfAuthorities(paths, cluster), OfEncryptionKey(paths) }.OfType<UnfinishedRotation>()];

    private static UnfinishedRotation? OfAuthorities(ClusterPaths paths, Cluster cluster)
    {
        var state = Rotation.StateOf(PkiFolder.LoadCertificates(paths.Pki), ClusterCertificates.Of(cluster)) switch
        {
            RotationState.TrustsNext => "new ones are trusted beside those that are used",
            RotationState.TrustsPrevious => "new ones are used, the old ones still trusted",
            _ when new DroppedAuthorities(paths).MayBeTrusted => "the old ones are being dropped",
            _ => null,
        };
        return state == null ? null : new("authorities", state, "./build.sh RenewCertificates --rotate-ca");
    }

    private static UnfinishedRotation? OfEncryptionKey(ClusterPaths paths)
    {
        var state = new EncryptionKeyFile(paths).Phase switch
        {
            EncryptionPhase.Added => "API servers learn to read with the new one",
            EncryptionPhase.Promoted => "Secrets are written again with the new one",
            EncryptionPhase.Dropped => "API servers forget the old one",
            _ => null,
        };
        return state == null ? null : new("encryption key", state, "./build.sh RotateEncryptionKey");
    }
}
