using System.Buffers.Binary;
using System.Net;

namespace KubePivot.Configuration;

/// <summary>Arithmetic on IPv4 ranges.</summary>
public static class IPNetworkExtensions
{
    /// <summary>The address at <paramref name="offset"/> from the start of the range; <c>.Address(10)</c> of 10.3.0.0/16 is 10.3.0.10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range has no such address.</exception>
    public static string Address(this IPNetwork network, int offset)
    {
        var start = BinaryPrimitives.ReadUInt32BigEndian(network.BaseAddress.GetAddressBytes());
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, start + (uint)offset);
        var address = new IPAddress(bytes);
        return network.Contains(address)
            ? address.ToString()
            : throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{network} has no address at offset {offset}.");
    }

    /// <summary>The last address of the range; 10.0.3.255 of 10.0.3.0/24.</summary>
    public static string BroadcastAddress(this IPNetwork network) => network.Address((int)(uint.MaxValue >> network.PrefixLength));

    /// <summary>The range's mask; 255.255.255.0 of a /24.</summary>
    public static string Netmask(this IPNetwork network)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, network.PrefixLength == 0 ? 0 : uint.MaxValue << (32 - network.PrefixLength));
        return new IPAddress(bytes).ToString();
    }

    /// <summary>Whether two ranges share an address.</summary>
    public static bool Overlaps(this IPNetwork network, IPNetwork other) =>
        network.Contains(other.BaseAddress) || other.Contains(network.BaseAddress);
}
