using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Checkpoint;

/// <summary>A static pod made of a pod of the API, and the folders that it reads.</summary>
/// <param name="Text">JSON; the same pod gives the same text.</param>
internal sealed record CopyManifest(CopyKey Key, string Text, IReadOnlyList<HeldFolder> Folders)
{
    /// <summary>
    /// What a copy keeps of a pod's specification. All else is of the API's world (service account, scheduling, status), and a static pod
    /// must not refer to objects of the API: from 1.34 on the kubelet refuses one that does.
    /// </summary>
    private static readonly string[] Kept =
    [
        "activeDeadlineSeconds", "containers", "dnsConfig", "dnsPolicy", "hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostUsers", "hostname", "initContainers", "os",
        "priorityClassName", "restartPolicy", "securityContext", "setHostnameAsFQDN", "shareProcessNamespace", "subdomain", "terminationGracePeriodSeconds", "tolerations", "volumes",
    ];

    /// <summary>Volumes that need nothing but the node.</summary>
    private static readonly string[] KeptVolumes = ["downwardAPI", "emptyDir", "hostPath"];

    private static readonly string[] DroppedAnnotations = [Annotations.Checkpoint, Annotations.Source, "kubernetes.io/config.seen", "kubernetes.io/config.hash", "kubectl.kubernetes.io/last-applied-configuration"];

    /// <summary>Makes the copy. Pure.</summary>
    /// <param name="pod">As the API has it.</param>
    /// <param name="objects">What <see cref="ObjectReference.Of"/> names, without those that do not exist.</param>
    /// <exception cref="RefusedException">The pod has something that a static pod cannot have.</exception>
    public static CopyManifest Make(JsonNode pod, IReadOnlyDictionary<ObjectReference, JsonNode> objects)
    {
        var (key, name, source) = (CopyKey.Of(pod), pod.Text("metadata", "name") ?? "", pod["spec"]!.AsObject());
        foreach (var field in new[] { "runtimeClassName", "resourceClaims" }.Where(field => source[field] != null))
        {
            throw new RefusedException($"spec.{field} names an object of the API");
        }

        var spec = new JsonObject(source.Where(field => Kept.Contains(field.Key)).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())))
        {
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
        };
        var tokens = ObjectReference.TokenVolumes(pod);
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers")).Cast<JsonObject>())
        {
            CopyContainer.Rewrite(container, pod, objects, tokens);
        }

        var folders = new List<HeldFolder>();
        spec["volumes"] = new JsonArray([.. spec.Items("volumes").Where(volume => !tokens.Contains(volume.Text("name") ?? "")).Select(volume => Volume(volume, pod, objects, folders))]);
        var copy = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = key.Namespace, ["labels"] = Labels(pod), ["annotations"] = CopyAnnotations(pod, name) },
            ["spec"] = spec,
        };
        return new(key, Indented(copy), folders);
    }

    private static JsonObject Labels(JsonNode pod) => new((pod.At("metadata", "labels") as JsonObject ?? [])
        .Where(label => !RunningPod.RevisionLabels.Contains(label.Key)).Select(label => KeyValuePair.Create(label.Key, label.Value?.DeepClone())));

    private static JsonObject CopyAnnotations(JsonNode pod, string name) => new((pod.At("metadata", "annotations") as JsonObject ?? [])
        .Where(item => !DroppedAnnotations.Contains(item.Key)).Select(item => KeyValuePair.Create(item.Key, item.Value?.DeepClone())))
    {
        [Annotations.CopyOf] = name,
    };

    private static JsonNode Volume(JsonNode volume, JsonNode pod, IReadOnlyDictionary<ObjectReference, JsonNode> objects, List<HeldFolder> folders)
    {
        var name = volume.Text("name") ?? "";
        var kind = volume.AsObject().Select(field => field.Key).FirstOrDefault(field => field != "name") ?? "emptyDir";
        if (KeptVolumes.Contains(kind))
        {
            return volume.DeepClone();
        }

        if (kind is not ("secret" or "configMap"))
        {
            throw new RefusedException($"volume {name} is of kind {kind}, which needs the API; a copy can have secret, configMap, {string.Join(", ", KeptVolumes)}");
        }

        var reference = kind == "secret" ? new ObjectReference(ObjectReference.Secret, volume.Text(kind, "secretName") ?? "") : new(ObjectReference.ConfigMap, volume.Text(kind, "name") ?? "");
        var folder = HeldFolder.Of(reference, pod.Text("metadata", "namespace") ?? "default", pod.Text("metadata", "name") ?? "", Files(volume[kind]!, reference, objects), OwnerOf(pod, name));
        folders.Add(folder);
        return new JsonObject { ["name"] = name, ["hostPath"] = new JsonObject { ["path"] = folder.Path, ["type"] = "Directory" } };
    }

    /// <summary>The files of a volume: every key of the object, or those that the volume names.</summary>
    private static SortedDictionary<string, byte[]> Files(JsonNode volume, ObjectReference reference, IReadOnlyDictionary<ObjectReference, JsonNode> objects)
    {
        var optional = volume["optional"]?.GetValue<bool>() == true;
        if (!objects.TryGetValue(reference, out var found) && !optional)
        {
            throw new RefusedException($"{reference} is not there");
        }

        var data = Data(found, reference);
        var items = volume.Items("items").Select(item => (Key: item.Text("key") ?? "", Path: item.Text("path") ?? "")).ToList();
        foreach (var item in items.Where(item => !data.ContainsKey(item.Key) && !optional))
        {
            throw new RefusedException($"{reference} has no key {item.Key}");
        }

        return new(items.Count == 0 ? data : items.Where(item => data.ContainsKey(item.Key)).ToDictionary(item => Safe(item.Path), item => data[item.Key]), StringComparer.Ordinal);
    }

    /// <summary>The content of a Secret or ConfigMap, by key.</summary>
    internal static Dictionary<string, byte[]> Data(JsonNode? found, ObjectReference reference)
    {
        var (text, binary) = reference.Kind == ObjectReference.Secret ? (null, "data") : ("data", "binaryData");
        return (text == null ? [] : Entries(text).Select(entry => (entry.Key, Content: Encoding.UTF8.GetBytes(entry.Value))))
            .Concat(Entries(binary).Select(entry => (entry.Key, Content: Convert.FromBase64String(entry.Value))))
            .ToDictionary(entry => entry.Key, entry => entry.Content, StringComparer.Ordinal);

        IEnumerable<(string Key, string Value)> Entries(string field) => (found.At(field) as JsonObject ?? []).Select(entry => (entry.Key, entry.Value?.GetValue<string>() ?? ""));
    }

    private static string Safe(string path) =>
        Path.IsPathRooted(path) || path.Split('/').Contains("..") ? throw new RefusedException($"item path {path} leaves its volume") : path;

    /// <summary>The user that the containers with this volume run as: the files are for nobody else.</summary>
    private static int OwnerOf(JsonNode pod, string volume)
    {
        var users = ObjectReference.ContainersOf(pod)
            .Where(container => container.Items("volumeMounts").Any(mount => mount.Text("name") == volume))
            .Select(container => container.At("securityContext", "runAsUser") == null ? pod.Number("spec", "securityContext", "runAsUser") : container.Number("securityContext", "runAsUser"))
            .Distinct().ToList();
        return users.Count <= 1 ? users.FirstOrDefault() : throw new RefusedException($"containers of several users ({string.Join(", ", users)}) read volume {volume}");
    }

    private static string Indented(JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            node.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }
}
