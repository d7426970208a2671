using System.Text.Json;
using System.Text.Json.Serialization;
using KubePivot.Files;

namespace KubePivot.Machines;

/// <summary>
/// What was changed on the build host for this cluster: <c>.cluster/host-settings.json</c>, written before the change, so that
/// Destroy finds it also when the cluster has been renamed or the build was killed.
/// </summary>
/// <param name="Boot">The boot that it belongs to: at the next one, the host forgets bridge, rules and settings by itself.</param>
/// <param name="Bridge">The bridge that was made; its name also tags the packet filter's rules.</param>
/// <param name="Gateway">The bridge's address with its prefix, as in <c>10.70.3.1/24</c>.</param>
/// <param name="Sysctls">Kernel settings with the values that they had before.</param>
public sealed record HostSettings(string Boot, string Bridge, string Gateway, IReadOnlyDictionary<string, string> Sysctls)
{
    /// <summary>The record, or null if nothing was changed, or it cannot be read: then names derived from the cluster's must do.</summary>
    public static HostSettings? LoadIfPresent(ClusterPaths paths)
    {
        try
        {
            return File.Exists(paths.HostSettings) ? JsonSerializer.Deserialize(File.ReadAllBytes(paths.HostSettings), HostSettingsJson.Default.HostSettings) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Save(ClusterPaths paths)
    {
        AtomicFile.CreateSecretFolder(paths.State);
        AtomicFile.Write(paths.HostSettings, JsonSerializer.Serialize(this, HostSettingsJson.Default.HostSettings) + "\n");
    }
}

[JsonSerializable(typeof(HostSettings))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
internal sealed partial class HostSettingsJson : JsonSerializerContext;
