using System.Globalization;
using System.Net;

namespace KubePivot.Preflight;

/// <summary>A route of IPv4.</summary>
/// <param name="Gateway">Null: the network is there on the interface itself.</param>
public sealed record Route(IPNetwork Network, IPAddress? Gateway, string Interface)
{
    /// <summary>What is left out: it is no route to a network of its own.</summary>
    public bool IsDefault => Network.PrefixLength == 0;

    /// <summary>As in <c>10.0.0.0/8 via 192.168.1.1 on eth0</c>.</summary>
    public override string ToString() => $"{Network}{(Gateway == null ? "" : $" via {Gateway}")} on {Interface}";

    /// <summary>Reads <c>/proc/net/route</c>; lines that are none are passed over.</summary>
    /// <remarks>Addresses and masks are numbers in the machine's order, which is little-endian wherever the build runs.</remarks>
    public static IReadOnlyList<Route> Parse(IEnumerable<string> lines) => [.. lines.Select(ParseLine).OfType<Route>()];

    private static Route? ParseLine(string line)
    {
        var columns = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (columns.Length < 8 || Address(columns[1]) is not { } network || Address(columns[2]) is not { } gateway || Number(columns[7]) is not { } mask)
        {
            return null;
        }

        var length = System.Numerics.BitOperations.PopCount(mask);
        return IPNetwork.TryParse($"{network}/{length}", out var range) ? new Route(range, gateway.Equals(IPAddress.Any) ? null : gateway, columns[0]) : null;
    }

    private static IPAddress? Address(string text) => Number(text) is { } number ? new IPAddress(number) : null;

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;
}
