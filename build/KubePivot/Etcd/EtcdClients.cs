namespace KubePivot.Etcd;

/// <summary>
/// Who is connected to a member of etcd. A client that has lost a member tries it again after pauses that grow with the time for which
/// it was away (gRPC's connection backoff, https://grpc.github.io/grpc/core/md_doc_connection-backoff.html), and asks the others until
/// then. When the members are restarted one after the other, faster than the clients come back, a client is left without any.
/// </summary>
/// <param name="Connections">How many connections to the member's client port each address has.</param>
internal sealed record EtcdClients(IReadOnlyDictionary<string, int> Connections)
{
    /// <summary>A client may have ended meanwhile, one of dozens: API servers before 1.26 have one for every kind of object. Rounded up.</summary>
    private const double Enough = 0.9;

    /// <summary>A command line for the node's sh that prints what <see cref="Parse"/> reads.</summary>
    /// <param name="port">etcd's client port.</param>
    public static string CommandLine(int port) => $"ss -Htn state established 'sport = :{port}'";

    /// <summary>Reads lines of <c>ss -Htn state established</c>: bytes in, bytes out, own address and port, the other's address and port.</summary>
    public static EtcdClients Parse(string lines) => new(lines
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words.Length >= 4)
        .Select(words => words[3][..Math.Max(0, words[3].LastIndexOf(':'))])
        .CountBy(address => address)
        .ToDictionary());

    /// <summary>The addresses that have fewer connections than before, in order; empty: the clients are back.</summary>
    public IReadOnlyList<string> NotBackIn(EtcdClients now) =>
        [.. Connections.Where(before => now.Connections.GetValueOrDefault(before.Key) < before.Value * Enough).Select(before => before.Key).Order(StringComparer.Ordinal)];
}
