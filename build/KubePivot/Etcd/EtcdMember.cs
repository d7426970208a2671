using System.Globalization;
using System.Text.Json;

namespace KubePivot.Etcd;

/// <summary>A member of the cluster's etcd, as the other members know it.</summary>
/// <param name="Id">As etcdctl wants it, hexadecimal.</param>
/// <param name="Name">The node's name; empty: it was added and has never started.</param>
/// <param name="PeerUrl">As in <c>https://172.17.8.11:2380</c>.</param>
/// <param name="HasStarted">It has told the others its client URLs, which a member does once it runs.</param>
public sealed record EtcdMember(string Id, string Name, string PeerUrl, bool HasStarted)
{
    /// <summary>Reads the output of <c>etcdctl member list --write-out=json</c>.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static IReadOnlyList<EtcdMember> Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return [.. document.RootElement.GetProperty("members").EnumerateArray().Select(Read)];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FormatException($"etcd's list of members cannot be read: {exception.Message}", exception);
        }
    }

    private static EtcdMember Read(JsonElement member) => new(
        member.GetProperty("ID").GetUInt64().ToString("x", CultureInfo.InvariantCulture),
        member.TryGetProperty("name", out var name) ? name.GetString() ?? "" : "",
        member.GetProperty("peerURLs").EnumerateArray().Select(url => url.GetString()).FirstOrDefault() ?? "",
        member.TryGetProperty("clientURLs", out var urls) && urls.ValueKind == JsonValueKind.Array && urls.GetArrayLength() > 0);
}
