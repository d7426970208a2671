using System.Security.Cryptography.X509Certificates;
using KubePivot.Configuration;

namespace KubePivot.EndToEnd;

/// <summary>Every TLS port of a cluster, asked by those who must be refused, and by one who must not: else a dead server would refuse best.</summary>
internal sealed class Refusals(ThrowAwayCluster cluster)
{
    private readonly Impostors clients = new(cluster);

    /// <returns>What was not as it should be, one line each.</returns>
    public async Task<IReadOnlyList<string>> FindFaultsAsync()
    {
        var description = cluster.Description();
        var faults = new List<string>();
        faults.AddRange(await ApiFaultsAsync(description.VirtualAddress, Cluster.LoadBalancerPort));
        foreach (var node in description.Nodes)
        {
            faults.AddRange(await KubeletFaultsAsync(node, description));
            if (node.IsMaster)
            {
                faults.AddRange(await MasterFaultsAsync(node));
            }
        }

        return faults;
    }

    /// <summary>The copies that serve after a loss of power, for some seconds: they are asked all at once.</summary>
    /// <returns>What was not as it should be, and how many copies answered to everybody.</returns>
    public async Task<(IReadOnlyList<string> Faults, int Copies)> FindFaultsOfCopiesAsync()
    {
        var callers = Callers("admin", Reception.Unauthorized, Reception.Forbidden);
        var doors = cluster.Description().Masters.Select(master => new Door(master.Address, Cluster.TemporaryApiServerPort, "/api/v1/namespaces/kube-system/secrets"));
        var seen = await Task.WhenAll(doors.Select(async door => (Door: door, Receptions: await Task.WhenAll(callers.Select(caller => door.KnockAsync(caller.Certificate))))));
        Array.ForEach(callers, caller => caller.Certificate?.Dispose());

        // One that starts or goes lets nobody in, and says nothing.
        var there = seen.Where(copy => !copy.Receptions.Any(reception => reception is Reception.NoConnection or Reception.TurnedAway)).ToList();
        var faults = there.SelectMany(copy => callers.Zip(copy.Receptions).Where(pair => pair.First.Expected != pair.Second).Select(pair => $"{copy.Door}: {pair.First.Who} got {pair.Second}, expected {pair.First.Expected}"));
        return ([.. faults], there.Count);
    }

    private async Task<IEnumerable<string>> MasterFaultsAsync(Node master) =>
    [
        .. await ApiFaultsAsync(master.Address, Cluster.ApiServerPort),
        .. await EtcdFaultsAsync(new Door(master.Address, Cluster.EtcdClientPort, "/health"), "etcd-client"),
        .. await PeerFaultsAsync(master),
        .. await LoopbackFaultsAsync(master, 10257),
        .. await LoopbackFaultsAsync(master, 10259),
    ];

    /// <summary>
    /// Anybody may ask how an API server is and which version it has: probes and load balancers do, kubeadm's clusters are the same, and
    /// the CIS benchmark leaves the choice. All else is for those who prove who they are.
    /// </summary>
    private async Task<IEnumerable<string>> ApiFaultsAsync(string host, int port)
    {
        var open = new List<string>();
        foreach (var path in new[] { "/healthz", "/livez", "/readyz", "/version" })
        {
            open.AddRange(await ExpectAsync(new Door(host, port, path), "nobody", null, Reception.Answered));
        }

        foreach (var path in new[] { "/", "/api", "/metrics", "/openapi/v2", "/debug/pprof/", "/api/v1/nodes" })
        {
            open.AddRange(await ExpectAsync(new Door(host, port, path), "nobody", null, Reception.Forbidden));
        }

        return [.. open, .. await ImpostorFaultsAsync(new Door(host, port, "/api/v1/namespaces/kube-system/secrets"), "admin", Reception.Unauthorized, Reception.Forbidden)];
    }

    private async Task<IEnumerable<string>> KubeletFaultsAsync(Node node, Cluster description)
    {
        var door = new Door(node.Address, 10250, "/pods");
        var other = description.Nodes.First(another => another != node).Name;
        return
        [
            .. await ImpostorFaultsAsync(door, "kubelet", Reception.Unauthorized, Reception.Unauthorized),
            .. await ExpectAsync(door, $"the kubelet of {other}", clients.Good($"kubelet-client-{other}"), Reception.Forbidden),
            .. await ExpectAsync(door with { Port = 10255 }, "anybody", clients.Good("kubelet"), Reception.NoConnection),
        ];
    }

    private async Task<IEnumerable<string>> EtcdFaultsAsync(Door door, string name) =>
    [
        .. await ImpostorFaultsAsync(door, name, Reception.TurnedAway, Reception.TurnedAway),
        .. await ExpectAsync(door, "Kubernetes' administrator", clients.Good("admin"), Reception.TurnedAway),
    ];

    /// <summary>A member lets another one in only from an address that its certificate names: from elsewhere even a good one is turned away.</summary>
    private async Task<IEnumerable<string>> PeerFaultsAsync(Node master)
    {
        var name = $"etcd-{master.Name}";
        await using var tunnel = await NodeTunnel.OpenAsync(cluster, master.Address, $"{master.Address}:{Cluster.EtcdPeerPort}");
        return
        [
            .. await EtcdFaultsAsync(new Door("127.0.0.1", tunnel.Port, "/members"), name),
            .. await ExpectAsync(new Door(master.Address, Cluster.EtcdPeerPort, "/members"), $"{name} from elsewhere", clients.Good(name), Reception.TurnedAway),
            .. await ExpectAsync(new Door(master.Address, Cluster.EtcdPeerPort, "/members"), "nobody from elsewhere", null, Reception.TurnedAway),
        ];
    }

    private async Task<IEnumerable<string>> LoopbackFaultsAsync(Node master, int port)
    {
        await using var tunnel = await NodeTunnel.OpenAsync(cluster, master.Address, $"127.0.0.1:{port}");
        var here = await ImpostorFaultsAsync(new Door("127.0.0.1", tunnel.Port, "/metrics"), "admin", Reception.Unauthorized, Reception.Forbidden);
        var fromOutside = await ExpectAsync(new Door(master.Address, port, "/metrics"), "anybody from outside", clients.Good("admin"), Reception.NoConnection);
        return [.. here.Select(fault => $"port {port} of {master.Name}, through {fault}"), .. fromOutside];
    }

    /// <summary>Who is to be refused, and one who is not.</summary>
    /// <param name="name">A certificate that is let in.</param>
    /// <param name="refused">What those with a bad certificate get.</param>
    /// <param name="anonymous">What those without any get.</param>
    private (string Who, X509Certificate2? Certificate, Reception Expected)[] Callers(string name, Reception refused, Reception anonymous) =>
    [
        ("nobody", null, anonymous),
        ($"an expired {name}", clients.Expired(name), refused),
        ($"{name} of another authority", clients.OfAnotherAuthority(name), refused),
        (name, clients.Good(name), Reception.Answered),
    ];

    private async Task<IEnumerable<string>> ImpostorFaultsAsync(Door door, string name, Reception refused, Reception anonymous)
    {
        var faults = new List<string>();
        foreach (var (who, certificate, expected) in Callers(name, refused, anonymous))
        {
            faults.AddRange(await ExpectAsync(door, who, certificate, expected));
        }

        return faults;
    }

    private static async Task<IEnumerable<string>> ExpectAsync(Door door, string who, X509Certificate2? certificate, Reception expected)
    {
        using (certificate)
        {
            var seen = await door.KnockAsync(certificate);
            return seen == expected ? [] : [$"{door}: {who} got {seen}, expected {expected}"];
        }
    }
}
