using System.Text.Json;
using System.Text.Json.Serialization;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Files;

namespace KubePivot.Images;

/// <summary>
/// What source <c>auto</c> came to for this cluster: a network that is away for a moment, or there again, must not change the Kubernetes
/// of a cluster that exists. Gone with the cluster.
/// </summary>
/// <param name="Source">As cluster.yaml would say it.</param>
/// <param name="Reason">Why it was chosen, for people.</param>
public sealed record RememberedSource(string Source, string Version, string Reason, DateTimeOffset Chosen)
{
    /// <returns>Null if nothing was chosen yet, or the file has rubbish in it: then it is chosen anew.</returns>
    public static RememberedSource? Load(ClusterPaths paths)
    {
        try
        {
            var remembered = JsonSerializer.Deserialize(File.ReadAllBytes(paths.KubernetesSource), RememberedSourceJson.Default.RememberedSource);
            return remembered != null && Choices.Source.TryParse(remembered.Source ?? "", out var source) && source is KubernetesSource.Upstream or KubernetesSource.Debian
                && ReleaseVersion.TryParse(remembered.Version ?? "") != null ? remembered : null;
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Remembers a choice; one that is remembered already stays as it is.</summary>
    public static void Save(ClusterPaths paths, SourceChoice choice, DateTimeOffset now)
    {
        if (choice.IsAutomatic && Load(paths)?.Version != choice.Release.Version)
        {
            var chosen = new RememberedSource(Choices.Source.NameOf(choice.Release.Source), choice.Release.Version, choice.Reason, now);
            AtomicFile.Write(paths.KubernetesSource, JsonSerializer.Serialize(chosen, RememberedSourceJson.Default.RememberedSource));
        }
    }
}

[JsonSerializable(typeof(RememberedSource))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
internal sealed partial class RememberedSourceJson : JsonSerializerContext;
