namespace KubePivot.Pki;

/// <summary>
/// The files of a rotation: beside an authority, <c>ca.crt</c> and <c>ca.key</c>, lies its successor, <c>ca-next.crt</c> and
/// <c>ca-next.key</c>, or the certificate of its predecessor, <c>ca-previous.crt</c>; likewise for the service-account key.
/// </summary>
/// <remarks>https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/</remarks>
internal static class Rotation
{
    public static string Next(string name) => $"{name}-next";

    public static string Previous(string name) => $"{name}-previous";

    public static RotationState StateOf(PkiFolder folder, IEnumerable<CertificateSpec> table) =>
        NextFiles(table).Any(folder.Has) ? RotationState.TrustsNext
        : PreviousFiles(table).Any(folder.Has) ? RotationState.TrustsPrevious
        : RotationState.None;

    /// <summary>Those of all successors.</summary>
    public static IEnumerable<string> NextFiles(IEnumerable<CertificateSpec> table) =>
    [
        .. Authorities(table).SelectMany(spec => PkiFolder.CertificatePair(Next(spec.Name))),
        .. PkiFolder.KeyPair(Next(ClusterCertificates.ServiceAccount)),
    ];

    /// <summary>Those of all predecessors.</summary>
    public static IEnumerable<string> PreviousFiles(IEnumerable<CertificateSpec> table) =>
    [
        .. Authorities(table).Select(spec => PkiFolder.CertificateFile(Previous(spec.Name))),
        PkiFolder.PublicKeyFile(Previous(ClusterCertificates.ServiceAccount)),
    ];

    private static IEnumerable<CertificateSpec> Authorities(IEnumerable<CertificateSpec> table) => table.Where(spec => spec.IsAuthority);
}
