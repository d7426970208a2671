using KubePivot.Configuration;

namespace KubePivot.Etcd;

/// <summary>A master as etcd's membership looks at it.</summary>
/// <param name="PeerUrl">Where the other members reach it, as in <c>https://172.17.8.11:2380</c>.</param>
/// <param name="HasData">There is a member's data on its disk.</param>
/// <param name="IsHealthy">Its member runs and has a leader.</param>
public sealed record EtcdMaster(string Name, string PeerUrl, bool HasData, bool IsHealthy)
{
    /// <summary>Where the other members reach a node's member; <c>initial-cluster</c> in etcd.yaml says the same.</summary>
    public static string PeerUrlOf(Node node) => $"https://{node.Address}:{Cluster.EtcdPeerPort}";
}

/// <summary>
/// What brings etcd's membership in line with the masters of cluster.yaml. Pure.
/// </summary>
/// <param name="Remove">Members that are gone: of masters whose machine was lost or made anew, and of nodes that are no masters any more.</param>
/// <param name="Join">Masters whose member starts empty and takes its data from the others, one after the other.</param>
/// <param name="Refusal">Why nothing can be done; null if it can.</param>
/// <remarks>https://etcd.io/docs/v3.4/op-guide/runtime-configuration/: removed before added, one change at a time.</remarks>
public sealed record EtcdMembership(IReadOnlyList<EtcdMember> Remove, IReadOnlyList<EtcdMaster> Join, string? Refusal = null)
{
    /// <summary>Members and masters agree, or there is no etcd yet: its members find each other by their configuration.</summary>
    public static EtcdMembership AsItIs { get; } = new([], []);

    public bool IsAsItIs => Remove.Count == 0 && Join.Count == 0 && Refusal == null;

    /// <param name="masters">The masters of cluster.yaml, all of them looked at.</param>
    /// <param name="members">What a healthy member says; null: none is healthy.</param>
    public static EtcdMembership Of(IReadOnlyList<EtcdMaster> masters, IReadOnlyList<EtcdMember>? members)
    {
        var empty = masters.Where(master => !master.HasData).ToList();
        if (members == null)
        {
            // None has data: an etcd that is about to be made. Few lack it: a bootstrap that was interrupted before all members had started.
            return AsItIs;
        }

        var remove = members.Where(member => member.Name.Length > 0 && masters.All(master => master.Name != member.Name)).ToList();
        var join = new List<EtcdMaster>();
        foreach (var master in empty)
        {
            var member = members.FirstOrDefault(member => member.Name == master.Name || member.PeerUrl == master.PeerUrl);
            if (member is { HasStarted: true })
            {
                remove.Add(member);
            }

            // A member that the configuration names and that never started forms the cluster with the others as it was meant to.
            if (member is not { HasStarted: false, Name.Length: > 0 })
            {
                join.Add(master);
            }
        }

        return new EtcdMembership(remove, join, remove.Count == 0 ? null : RefusalOf(masters, members, remove));
    }

    /// <summary>etcd takes a change of members only from more than half of them; a member that is removed is none of those that count.</summary>
    private static string? RefusalOf(IReadOnlyList<EtcdMaster> masters, IReadOnlyList<EtcdMember> members, List<EtcdMember> remove)
    {
        var healthy = members.Except(remove).Count(member => masters.Any(master => master.Name == member.Name && master.IsHealthy));
        return healthy > members.Count / 2
            ? null
            : $"etcd has {members.Count} members; without {string.Join(" and ", remove.Select(member => member.Name))} only {healthy} would be healthy, and it takes changes only from more than half of them.";
    }
}
