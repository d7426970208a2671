using KubePivot.Resuming;

namespace KubePivot.Pki;

/// <summary>
/// The last step of a rotation: the PKI folder knows nothing of the old authorities any more, but the cluster may still trust them. A
/// marker says so until the change is rolled out.
/// </summary>
public sealed class DroppedAuthorities(ClusterPaths paths)
{
    private const string Target = "TrustNewAuthorities";

    private readonly MarkerStore markers = new(paths.Markers);

    /// <exception cref="InvalidInputException">There is a file, and it is no marker.</exception>
    public bool MayBeTrusted => markers.Load(Target) != null;

    /// <summary>All that uses the new authorities is rolled out; from here on the old ones are dropped.</summary>
    /// <param name="took">How long it took to come here.</param>
    public void Begin(DateTimeOffset now, TimeSpan took, string fingerprint) => markers.Save(new Marker(Target, now, took.TotalSeconds, fingerprint));

    /// <summary>All is rolled out: the next rotation is a new one.</summary>
    public void End() => markers.Delete(Target);
}
