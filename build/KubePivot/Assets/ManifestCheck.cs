using System.Globalization;
using System.Net;
using k8s.KubeConfigModels;
using k8s.Models;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Assets;

/// <summary>
/// Looks again at what templates rendered: well-formed YAML, objects that Kubernetes knows, with no unknown field and no value of a
/// wrong type, and our own rules. A fault names template, line, and rule, and never repeats a value: it may be a secret.
/// </summary>
/// <param name="services">The range that cluster addresses come from.</param>
/// <param name="release">The release that must serve the objects' API versions.</param>
internal sealed class ManifestCheck(IPNetwork services, KubernetesRelease release, ServedApis apis)
{
    private readonly Dictionary<string, string> clusterAddresses = new(StringComparer.Ordinal);

    /// <summary>Whether a file is YAML; JSON is YAML too.</summary>
    public static bool IsYaml(string path) =>
        path.EndsWith(".yaml", StringComparison.Ordinal) || path.EndsWith(".conflist", StringComparison.Ordinal) || IsKubeconfig(path);

    /// <summary>Checks that a file is well-formed; that is all one can ask of a file that is no Kubernetes object.</summary>
    /// <exception cref="StageException">It is not.</exception>
    public static IReadOnlyList<YamlNode> WellFormed(RenderedFile file)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(file.Content));
            return [.. stream.Documents.Select(document => document.RootNode)];
        }
        catch (YamlException exception)
        {
            throw Fault(file, exception.Start.Line, $"not well-formed YAML: {exception.Message}");
        }
    }

    /// <summary>Checks the objects of a manifest, against all those checked before where a rule spans files. Not thread-safe.</summary>
    /// <exception cref="StageException">A rule is broken.</exception>
    public void Check(RenderedFile file)
    {
        foreach (var node in WellFormed(file))
        {
            if (node is not YamlMappingNode root)
            {
                throw Fault(file, node.Start.Line, "a Kubernetes object was expected");
            }

            var (apiVersion, kind) = (Text(root, "apiVersion"), Text(root, "kind"));
            var model = IsKubeconfig(file.Path) ? typeof(K8SConfiguration) : ModelFields.Of(apiVersion, kind)
                ?? throw Fault(file, root.Start.Line, $"apiVersion '{apiVersion}' has no kind '{kind}'");
            if (apis.WhyNot(release.Version, apiVersion, kind) is { } reason)
            {
                throw Fault(file, root.Start.Line, reason);
            }

            Walk(file, root, model, kind);
            if (model == typeof(V1Service))
            {
                CheckService(file, root);
            }
        }
    }

    private static void Walk(RenderedFile file, YamlNode node, Type type, string path)
    {
        switch (node)
        {
            case YamlMappingNode map when Element(type, typeof(IDictionary<,>), 1) is { } value:
                foreach (var (key, child) in map.Children)
                {
                    Walk(file, child, value, $"{path}.{key}");
                }

                break;
            case YamlMappingNode map when ModelFields.Fields(type) is { Count: > 0 } fields:
                foreach (var (key, child) in map.Children)
                {
                    Walk(file, child, FieldType(file, fields, key, path), $"{path}.{key}");
                }

                if (type == typeof(V1PodSpec))
                {
                    CheckPod(file, map, path);
                }

                break;
            case YamlSequenceNode list when Element(type, typeof(IList<>), 0) is { } item || (item = Element(type, typeof(IEnumerable<>), 0)) != null:
                for (var index = 0; index < list.Children.Count; index++)
                {
                    Walk(file, list[index], item, $"{path}[{index}]");
                }

                break;
            case YamlScalarNode scalar:
                if (ScalarTypes.Expected(scalar, type) is { } expected)
                {
                    throw Fault(file, scalar.Start.Line, $"{path} must be {expected}");
                }

                break;
            default:
                if (type != typeof(object))
                {
                    throw Fault(file, node.Start.Line, $"{path} must not be a {(node is YamlMappingNode ? "map" : "list")}");
                }

                break;
        }
    }

    private static Type FieldType(RenderedFile file, IReadOnlyDictionary<string, Type> fields, YamlNode key, string path) =>
        fields.TryGetValue(key.ToString(), out var type)
            ? type
            : throw Fault(file, key.Start.Line, $"{path} has no field '{key}'; it has {string.Join(", ", fields.Keys.Order(StringComparer.Ordinal))}");

    /// <summary>A port of a pod on the host's network is taken on the host: its twin, which takes over from it, could not be placed there.</summary>
    private static void CheckPod(RenderedFile file, YamlMappingNode pod, string path)
    {
        if (Text(pod, "hostNetwork") != "true")
        {
            return;
        }

        foreach (var container in new[] { "containers", "initContainers" }.SelectMany(list => Items(pod, list)))
        {
            if (Items(container, "ports").FirstOrDefault() is { } port)
            {
                throw Fault(file, port.Start.Line, $"{path}: a pod with hostNetwork must not list ports (two such pods could not share a node)");
            }
        }
    }

    private void CheckService(RenderedFile file, YamlMappingNode service)
    {
        var spec = service.Children.TryGetValue("spec", out var node) ? node as YamlMappingNode : null;
        var address = spec == null ? "" : Text(spec, "clusterIP");
        if (address == "None" || (spec != null && Text(spec, "type") == "ExternalName"))
        {
            return;
        }

        var line = (spec ?? service).Start.Line;
        if (!IPAddress.TryParse(address, out var parsed) || !services.Contains(parsed))
        {
            throw Fault(file, line, $"a Service needs a fixed spec.clusterIP of {services}, so that none can take the address of DNS");
        }

        if (!clusterAddresses.TryAdd(address, file.Source))
        {
            throw Fault(file, line, $"spec.clusterIP {address} is already that of a Service in {clusterAddresses[address]}");
        }
    }

    private static bool IsKubeconfig(string path) => path == "kubeconfig" || path.EndsWith("/kubeconfig", StringComparison.Ordinal);

    private static IEnumerable<YamlMappingNode> Items(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(key, out var list) && list is YamlSequenceNode items ? items.OfType<YamlMappingNode>() : [];

    private static string Text(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(key, out var value) && value is YamlScalarNode scalar ? scalar.Value ?? "" : "";

    /// <summary>What a collection holds, or null if the type is no such collection.</summary>
    private static Type? Element(Type type, Type collection, int argument) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == collection ? type.GetGenericArguments()[argument] : null;

    private static StageException Fault(RenderedFile file, long line, string rule) =>
        new($"{file.Source}, line {line.ToString(CultureInfo.InvariantCulture)} of what it renders to: {rule}.");
}
