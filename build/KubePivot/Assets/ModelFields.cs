using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Serialization;
using k8s.Models;
using YamlDotNet.Serialization;

namespace KubePivot.Assets;

/// <summary>The fields that Kubernetes objects have, taken from KubernetesClient's typed models as types are met. Thread-safe.</summary>
internal static class ModelFields
{
    /// <summary>API versions that the client's models no longer hold, with the successor that has the same fields.</summary>
    private static readonly Dictionary<string, string> Successors = new(StringComparer.Ordinal)
    {
        // In use before Kubernetes 1.21 (releases.yaml, policy_api).
        ["policy/v1beta1"] = "policy/v1",
    };

    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, Type>> Known = new();

    /// <summary>The model of a kind, or null if the client has none.</summary>
    /// <param name="apiVersion">As in <c>apps/v1</c>.</param>
    public static Type? Of(string apiVersion, string kind)
    {
        var parts = Successors.GetValueOrDefault(apiVersion, apiVersion).Split('/');
        var (group, version) = parts.Length == 2 ? (parts[0], parts[1]) : ("", parts[0]);
        if (version.Length == 0)
        {
            return null;
        }

        if ((apiVersion, kind) == (EncryptionConfiguration.ApiVersion, nameof(EncryptionConfiguration)))
        {
            return typeof(EncryptionConfiguration);
        }

        var type = typeof(V1Pod).Assembly.GetType($"k8s.Models.{char.ToUpperInvariant(version[0])}{version[1..]}{kind}");
        var entity = type?.GetCustomAttribute<KubernetesEntityAttribute>();
        return entity?.Group == group && entity.ApiVersion == version && entity.Kind == kind ? type : null;
    }

    /// <summary>The fields of a model by their names in YAML; empty for a type that is no model.</summary>
    public static IReadOnlyDictionary<string, Type> Fields(Type model) => Known.GetOrAdd(model, Read);

    private static IReadOnlyDictionary<string, Type> Read(Type model)
    {
        var fields = new Dictionary<string, Type>(StringComparer.Ordinal);
        foreach (var property in model.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? property.GetCustomAttribute<YamlMemberAttribute>()?.Alias;
            if (name != null)
            {
                fields.TryAdd(name, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
            }
        }

        return fields;
    }
}
