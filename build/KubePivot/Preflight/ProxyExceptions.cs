using System.Net;

namespace KubePivot.Preflight;

/// <summary>Reads <c>NO_PROXY</c> as kubectl and all of Kubernetes do (https://pkg.go.dev/golang.org/x/net/http/httpproxy). Pure.</summary>
internal static class ProxyExceptions
{
    /// <summary>Whether an address is reached without the proxy.</summary>
    /// <param name="exceptions">Separated by commas: <c>*</c>, addresses, ranges; domains concern no address.</param>
    public static bool Cover(string? exceptions, IPAddress address) =>
        IPAddress.IsLoopback(address) || (exceptions ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Any(entry => Covers(entry, address));

    private static bool Covers(string entry, IPAddress address) =>
        entry == "*"
        || (IPNetwork.TryParse(entry, out var range) && range.Contains(address))
        || (IPAddress.TryParse(entry.Split(':')[0], out var one) && one.Equals(address));
}
