using System.Text;
using System.Text.RegularExpressions;

namespace KubePivot.EndToEnd;

/// <summary>The bytes of Secrets as they lie in etcd, read there and not through the API.</summary>
/// <param name="etcdctl">The command on a master, up to its verb.</param>
internal sealed partial class SecretsInEtcd(ThrowAwayCluster cluster, string etcdctl)
{
    /// <summary>What the Secret <c>default/treasure</c> holds.</summary>
    public const string PlainText = "behind-the-third-palm-tree";

    /// <summary>Makes sure that every Secret lies under one key.</summary>
    /// <returns>The key's name.</returns>
    public async Task<string> KeyOfAllAsync()
    {
        var listed = (await cluster.GetAsync("secrets", "--all-namespaces")).GetProperty("items").EnumerateArray()
            .Select(secret => secret.GetProperty("metadata")).Select(metadata => $"/registry/secrets/{metadata.GetProperty("namespace").GetString()}/{metadata.GetProperty("name").GetString()}").Order(StringComparer.Ordinal).ToList();
        var all = await OnMasterAsync("get --prefix /registry/secrets/ --keys-only");
        Assert.Equal(listed, all.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

        var bytes = await OnMasterAsync("get --prefix /registry/secrets/ --print-value-only | tr -c '[:print:]' '?'");
        Assert.DoesNotContain(PlainText, bytes, StringComparison.Ordinal);
        var keys = Prefix().Matches(bytes).Select(match => match.Groups["name"].Value).ToList();
        Assert.Equal(listed.Count, keys.Count);
        return Assert.Single(keys.Distinct());
    }

    /// <summary>Makes sure that the API gives the plain text.</summary>
    public async Task AssertReadableAsync()
    {
        await cluster.MustKubectlAsync("get", "secrets", "--all-namespaces");
        var secret = await cluster.GetAsync("secret", "treasure", "-n", "default");
        Assert.Equal(PlainText, Encoding.UTF8.GetString(Convert.FromBase64String(secret.GetProperty("data").GetProperty("map").GetString()!)));
    }

    private async Task<string> OnMasterAsync(string command) =>
        (await cluster.OnNodeAsync(cluster.Description().Masters[0].Address, $"set -o pipefail; {etcdctl} {command}")).ThrowOnFailure("etcdctl failed").StandardOutput;

    [GeneratedRegex("k8s:enc:secretbox:v1:(?<name>key-[0-9a-f]{16}):")]
    private static partial Regex Prefix();
}
