using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Checkpoint;

/// <summary>A Secret or ConfigMap that a pod reads.</summary>
/// <param name="Kind"><c>Secret</c> or <c>ConfigMap</c>.</param>
/// <param name="Name">In the pod's namespace.</param>
internal sealed record ObjectReference(string Kind, string Name)
{
    public const string Secret = "Secret";

    public const string ConfigMap = "ConfigMap";

    /// <summary>What a pod's volumes and environment name; token volumes aside, which no copy has.</summary>
    public static IReadOnlySet<ObjectReference> Of(JsonNode pod)
    {
        var tokens = TokenVolumes(pod);
        var volumes = pod.Items("spec", "volumes").Where(volume => !tokens.Contains(volume.Text("name") ?? "")).ToList();
        var containers = ContainersOf(pod).ToList();
        return new HashSet<ObjectReference>(
        [
            .. Named(Secret, volumes.Select(volume => volume.Text("secret", "secretName"))),
            .. Named(ConfigMap, volumes.Select(volume => volume.Text("configMap", "name"))),
            .. Named(ConfigMap, containers.SelectMany(container => container.Items("env")).Select(variable => variable.Text("valueFrom", "configMapKeyRef", "name"))),
            .. Named(ConfigMap, containers.SelectMany(container => container.Items("envFrom")).Select(source => source.Text("configMapRef", "name"))),
        ]);
    }

    /// <summary>All containers of a pod.</summary>
    public static IEnumerable<JsonNode> ContainersOf(JsonNode pod) => pod.Items("spec", "initContainers").Concat(pod.Items("spec", "containers"));

    /// <summary>Names of the volumes that hold the service account's token: a Secret before Kubernetes 1.21, since then projected.</summary>
    public static IReadOnlySet<string> TokenVolumes(JsonNode pod) => ContainersOf(pod)
        .SelectMany(container => container.Items("volumeMounts"))
        .Where(mount => mount.Text("mountPath")?.TrimEnd('/') == "/var/run/secrets/kubernetes.io/serviceaccount")
        .Select(mount => mount.Text("name") ?? "")
        .ToHashSet(StringComparer.Ordinal);

    public override string ToString() => $"{Kind} {Name}";

    private static IEnumerable<ObjectReference> Named(string kind, IEnumerable<string?> names) => names.OfType<string>().Select(name => new ObjectReference(kind, name));
}
