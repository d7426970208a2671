using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Checkpoint;

/// <summary>Makes a container of a pod one of a copy: its environment, its mounts, its arguments and probes.</summary>
internal static class CopyContainer
{
    private static readonly string[] Probes = ["livenessProbe", "readinessProbe", "startupProbe"];

    private static readonly string[] ProbeKinds = ["httpGet", "tcpSocket", "grpc"];

    /// <exception cref="RefusedException">It has something that a static pod cannot have.</exception>
    public static void Rewrite(JsonObject container, JsonNode pod, IReadOnlyDictionary<ObjectReference, JsonNode> objects, IReadOnlySet<string> dropped)
    {
        if (container["volumeMounts"] is JsonArray mounts)
        {
            container["volumeMounts"] = new JsonArray([.. mounts.Where(mount => !dropped.Contains(mount.Text("name") ?? "")).Select(mount => mount!.DeepClone())]);
        }

        var name = container.Text("name") ?? "";
        JsonNode[] environment = [.. FromObjects(container, name, objects), .. container.Items("env").Select(variable => Variable(variable, name, pod, objects)).OfType<JsonNode>()];
        container.Remove("envFrom");
        if (environment.Length > 0)
        {
            container["env"] = new JsonArray(environment);
        }

        foreach (var argument in (pod.Text("metadata", "annotations", Annotations.Arguments) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            GiveArgument(container, argument);
        }
    }

    /// <summary>The variables that come of whole ConfigMaps.</summary>
    private static IEnumerable<JsonNode> FromObjects(JsonObject container, string name, IReadOnlyDictionary<ObjectReference, JsonNode> objects)
    {
        foreach (var source in container.Items("envFrom"))
        {
            var map = source.Text("configMapRef", "name")
                ?? throw new RefusedException($"container {name} has environment variables of Secret {source.Text("secretRef", "name")}; a copy would show them to everybody who may see pods: mount the Secret instead");
            var reference = new ObjectReference(ObjectReference.ConfigMap, map);
            if (!objects.TryGetValue(reference, out var found) && source.At("configMapRef", "optional")?.GetValue<bool>() != true)
            {
                throw new RefusedException($"{reference} is not there");
            }

            foreach (var (key, content) in CopyManifest.Data(found, reference).OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                yield return Literal($"{source.Text("prefix")}{key}", Encoding.UTF8.GetString(content));
            }
        }
    }

    private static JsonNode? Variable(JsonNode variable, string container, JsonNode pod, IReadOnlyDictionary<ObjectReference, JsonNode> objects)
    {
        var (name, source) = (variable.Text("name") ?? "", variable["valueFrom"]);
        if (source == null)
        {
            return variable.DeepClone();
        }

        if (source["secretKeyRef"] is { } secret)
        {
            throw new RefusedException($"container {container} has variable {name} of Secret {secret.Text("name")}; a copy would show it to everybody who may see pods: mount the Secret instead");
        }

        if (source["configMapKeyRef"] is { } key)
        {
            var reference = new ObjectReference(ObjectReference.ConfigMap, key.Text("name") ?? "");
            return objects.TryGetValue(reference, out var found) && CopyManifest.Data(found, reference).TryGetValue(key.Text("key") ?? "", out var content) ? Literal(name, Encoding.UTF8.GetString(content))
                : key["optional"]?.GetValue<bool>() == true ? null
                : throw new RefusedException($"{reference} has no key {key.Text("key")}, of which container {container} has variable {name}");
        }

        // The kubelet may not know its own node's addresses before the API tells it.
        var onHost = pod.At("spec", "hostNetwork")?.GetValue<bool>() == true;
        return source.Text("fieldRef", "fieldPath") switch
        {
            "spec.nodeName" => Literal(name, pod.Text("spec", "nodeName") ?? ""),
            "spec.serviceAccountName" => Literal(name, pod.Text("spec", "serviceAccountName") ?? ""),
            "status.hostIP" => Literal(name, pod.Text("status", "hostIP") ?? ""),
            "status.podIP" when onHost => Literal(name, pod.Text("status", "podIP") ?? ""),
            "status.podIPs" when onHost => Literal(name, string.Join(',', pod.Items("status", "podIPs").Select(address => address.Text("ip")))),
            _ when source["fieldRef"] != null || source["resourceFieldRef"] != null => variable.DeepClone(),
            _ => throw new RefusedException($"container {container} has variable {name} of {source.AsObject().Select(field => field.Key).FirstOrDefault()}, which a copy cannot have"),
        };
    }

    private static JsonObject Literal(string name, string value) => new() { ["name"] = name, ["value"] = value };

    /// <summary>Puts an argument in place of the one of the same name, or behind all others; a port that changes by that changes in the probes.</summary>
    private static void GiveArgument(JsonObject container, string argument)
    {
        var flag = argument.Split('=')[0];
        foreach (var list in new[] { "command", "args" }.Select(field => container[field]).OfType<JsonArray>())
        {
            var index = list.ToList().FindIndex(item => item?.GetValue<string>().Split('=')[0] == flag);
            if (index < 0)
            {
                continue;
            }

            if (PortOf(list[index]!.GetValue<string>()) is { } before && PortOf(argument) is { } after)
            {
                MovePort(container, before, after);
            }

            list[index] = argument;
            return;
        }

        if ((container["args"] ?? container["command"]) is JsonArray last)
        {
            last.Add((JsonNode)argument);
        }
    }

    private static int? PortOf(string argument) =>
        argument.Split('=', 2) is [_, var value] && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port : null;

    private static void MovePort(JsonObject container, int before, int after)
    {
        foreach (var target in Probes.SelectMany(probe => ProbeKinds.Select(kind => container.At(probe, kind))).OfType<JsonObject>().Where(target => target.Number("port") == before))
        {
            target["port"] = after;
        }

        foreach (var port in container.Items("ports").OfType<JsonObject>())
        {
            foreach (var field in new[] { "containerPort", "hostPort" }.Where(field => port.Number(field) == before))
            {
                port[field] = after;
            }
        }
    }
}
