using KubePivot.Configuration;
using KubePivot.Preflight;

namespace KubePivot.Diagnosis;

/// <summary>What a look at one node came to.</summary>
/// <param name="State">Of its machine, as in <c>running</c>.</param>
/// <param name="Reached">It answered by SSH.</param>
public sealed record NodeReport(Node Node, string State, bool Reached)
{
    /// <summary>What the machine is like; null if it did not say.</summary>
    public NodeObservation? Observed { get; init; }

    /// <summary>Whether its member of etcd commits what it is told; null where there is none, or it could not be asked.</summary>
    public bool? EtcdHealthy { get; init; }
}
