using KubePivot.Configuration;

namespace KubePivot.EndToEnd;

/// <summary>What a fault hits.</summary>
public enum Victim
{
    /// <summary>The build, on the build host.</summary>
    Build,

    /// <summary>bootkube, on the bootstrap master.</summary>
    NodeProgram,

    /// <summary>The etcd of a master.</summary>
    Etcd,

    /// <summary>The kubelet of a node.</summary>
    Kubelet,

    /// <summary>The API server, temporary or not, of a master.</summary>
    ApiServer,

    /// <summary>The network of a node: its cable is pulled for a while.</summary>
    Network,

    /// <summary>A whole node: its power is cut.</summary>
    Machine,
}

/// <summary>One thing that goes wrong in a bootstrap.</summary>
/// <param name="Seed">What all the rest follows from.</param>
/// <param name="Node">The node that it is done on; of no meaning to <see cref="Victim.Build"/>.</param>
/// <param name="Moment">When: a share, 0 to 1, of the time for which the victim runs in an undisturbed bootstrap.</param>
/// <param name="Outage">How long a cable stays pulled.</param>
public sealed record Fault(int Seed, Victim Victim, string Node, double Moment, TimeSpan Outage)
{
    /// <summary>Always the same one for a seed. Seeds that follow each other have all kinds of victims in turn.</summary>
    public static Fault Of(int seed, IReadOnlyList<Node> nodes)
    {
        var random = new Random(seed);
        var victim = (Victim)(seed % Enum.GetValues<Victim>().Length);
        var possible = nodes.Where(node => victim switch
        {
            Victim.NodeProgram => node.IsBootstrap,
            Victim.Etcd or Victim.ApiServer => node.IsMaster,
            _ => true,
        }).ToList();
        return new(seed, victim, possible[random.Next(possible.Count)].Name, random.NextDouble(), TimeSpan.FromSeconds(random.Next(5, 40)));
    }

    public override string ToString() => Victim switch
    {
        Victim.Build => "the build is killed",
        Victim.NodeProgram => $"bootkube on {Node} is killed",
        Victim.Etcd => $"etcd on {Node} is killed",
        Victim.Kubelet => $"the kubelet of {Node} is killed",
        Victim.ApiServer => $"the API server on {Node} is killed",
        Victim.Network => $"{Node} loses its network for {Outage.TotalSeconds:0} s",
        _ => $"{Node} loses its power",
    };
}
