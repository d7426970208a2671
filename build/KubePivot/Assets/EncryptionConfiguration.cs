using System.Text.Json.Serialization;

namespace KubePivot.Assets;

/// <summary>The fields of the API server's EncryptionConfiguration that we use; KubernetesClient has no model of it, for no API serves it.</summary>
/// <remarks>Source: https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/.</remarks>
internal sealed record EncryptionConfiguration(
    [property: JsonPropertyName("apiVersion")] string Version,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("resources")] IList<EncryptedResources> Resources)
{
    public const string ApiVersion = "apiserver.config.k8s.io/v1";
}

/// <summary>What to encrypt, and how; the first provider writes.</summary>
internal sealed record EncryptedResources(
    [property: JsonPropertyName("resources")] IList<string> Resources,
    [property: JsonPropertyName("providers")] IList<EncryptionProvider> Providers);

/// <summary>One of its fields is set.</summary>
internal sealed record EncryptionProvider(
    [property: JsonPropertyName("secretbox")] SecretboxProvider? Secretbox,
    [property: JsonPropertyName("identity")] object? Identity);

/// <summary>The first key writes.</summary>
internal sealed record SecretboxProvider([property: JsonPropertyName("keys")] IList<NamedKey> Keys);

/// <summary>A key and the name that stands before each object under it.</summary>
internal sealed record NamedKey([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("secret")] string Secret);
