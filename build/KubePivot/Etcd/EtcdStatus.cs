using System.Text.Json;

namespace KubePivot.Etcd;

/// <summary>What a member of etcd says of itself: <c>etcdctl endpoint status --write-out=json</c>.</summary>
internal static class EtcdStatus
{
    /// <summary>Whether the member leads the others; false if the text is no such answer.</summary>
    public static bool Leads(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var status = document.RootElement.EnumerateArray().Single().GetProperty("Status");
            return status.GetProperty("leader").GetUInt64() is var leader and not 0 && leader == status.GetProperty("header").GetProperty("member_id").GetUInt64();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }
}
