using System.Text.Json;
using System.Text.Json.Serialization;

namespace KubePivot.Machines;

/// <summary>One kernel setting of the build host that clusters need otherwise than it was.</summary>
/// <param name="Before">Its value before the first cluster changed it.</param>
/// <param name="Value">What it was set to.</param>
/// <param name="Users">The clusters that need it, by the names of their bridges.</param>
public sealed record SharedSetting(string Before, string Value, IReadOnlyList<string> Users);

/// <summary>A value to write back, because no cluster needs the setting any more.</summary>
/// <param name="Name">As <c>sysctl</c> names it.</param>
/// <param name="Expected">What the clusters had set; anything else was set by somebody else since, and stays.</param>
public sealed record Restoration(string Name, string Before, string Expected);

/// <summary>
/// Settings of the build host that all clusters on it share: the first cluster changes one, the last gives it back. Pure; kept
/// in a file that lives as long as the settings themselves, until the next boot.
/// </summary>
/// <param name="Boot">The boot that it belongs to; after another one, nothing in it holds.</param>
public sealed record SharedSettings(string Boot, IReadOnlyDictionary<string, SharedSetting> Settings)
{
    /// <summary>Reads what an earlier run wrote. What another boot, or a hand, left there counts as nothing.</summary>
    public static SharedSettings Parse(string? json, string boot)
    {
        var none = new SharedSettings(boot, new Dictionary<string, SharedSetting>());
        try
        {
            var read = string.IsNullOrWhiteSpace(json) ? null : JsonSerializer.Deserialize(json, SharedSettingsJson.Default.SharedSettings);
            return read?.Boot == boot ? read : none;
        }
        catch (JsonException)
        {
            return none;
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, SharedSettingsJson.Default.SharedSettings) + "\n";

    /// <summary>Notes that a cluster needs settings. To be written to disk before any of them is changed.</summary>
    /// <param name="current">The value of a setting now; asked only for those that no cluster has changed yet.</param>
    public SharedSettings With(string user, IReadOnlyDictionary<string, string> wanted, Func<string, string> current)
    {
        var settings = new SortedDictionary<string, SharedSetting>(Settings.ToDictionary(), StringComparer.Ordinal);
        foreach (var (name, value) in wanted)
        {
            var known = settings.GetValueOrDefault(name) ?? new SharedSetting(current(name), value, []);
            settings[name] = known with { Value = value, Users = [.. known.Users.Append(user).Distinct().Order(StringComparer.Ordinal)] };
        }

        return this with { Settings = settings };
    }

    /// <summary>Notes that a cluster is gone.</summary>
    /// <param name="isAlive">Whether another cluster still is there: one that was wiped without Destroy must not hold a setting for ever.</param>
    /// <returns>What remains, to be written to disk after the restorations have been carried out.</returns>
    public (SharedSettings Remaining, IReadOnlyList<Restoration> Restorations) Without(string user, Func<string, bool> isAlive)
    {
        var remaining = new SortedDictionary<string, SharedSetting>(StringComparer.Ordinal);
        var restorations = new List<Restoration>();
        foreach (var (name, setting) in Settings)
        {
            var users = setting.Users.Where(other => other != user && isAlive(other)).ToList();
            if (users.Count > 0)
            {
                remaining[name] = setting with { Users = users };
            }
            else
            {
                restorations.Add(new Restoration(name, setting.Before, setting.Value));
            }
        }

        return (this with { Settings = remaining }, restorations);
    }
}

[JsonSerializable(typeof(SharedSettings))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
internal sealed partial class SharedSettingsJson : JsonSerializerContext;
