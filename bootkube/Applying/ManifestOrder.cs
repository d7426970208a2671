using Bootkube.Assets;

namespace Bootkube.Applying;

/// <summary>
/// The order in which objects get a head start. It only saves retries and the back-off of controllers (a pod before its Secret or
/// service account waits longer than one after it): no object depends on it, for each is retried until it is accepted.
/// </summary>
internal static class ManifestOrder
{
    private static readonly string[] Workloads =
        ["DaemonSet", "Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod"];

    /// <summary>Namespaces, definitions of kinds, what workloads use, workloads; waves without objects are left out.</summary>
    public static IReadOnlyList<IReadOnlyList<Manifest>> Waves(IEnumerable<Manifest> manifests) =>
        [.. manifests.GroupBy(WaveOf).OrderBy(wave => wave.Key).Select(wave => (IReadOnlyList<Manifest>)[.. wave])];

    private static int WaveOf(Manifest manifest) => manifest.Kind switch
    {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        _ => Workloads.Contains(manifest.Kind) ? 3 : 2,
    };
}
