using System.Text.Json;
using System.Text.Json.Serialization;
using KubePivot.Pki;

namespace KubePivot.Status;

/// <summary>What exists, what runs, what would be skipped and why: what <c>Status</c> prints.</summary>
/// <param name="Targets">The targets that have markers, in their order.</param>
/// <param name="Certificates">The one that ends first in front; empty if there are none.</param>
/// <param name="UnfinishedRotations">Of authorities or encryption key, that were interrupted or are at work; empty as a rule.</param>
public sealed record StatusReport(
    ClusterStatus Cluster,
    IReadOnlyList<TargetStatus> Targets,
    IReadOnlyList<MachineStatus> Machines,
    ApiStatus Api,
    IReadOnlyList<CertificateStatus> Certificates,
    IReadOnlyList<UnfinishedRotation> UnfinishedRotations)
{
    public string ToJson() => JsonSerializer.Serialize(this, StatusJson.Default.StatusReport);
}

/// <param name="Release">As in <c>v1.20.2 from debian</c>, or why that is not known.</param>
/// <param name="Endpoint">URL of the API for people: the virtual address.</param>
/// <param name="Kubeconfig">Full path; null if the file is not there.</param>
public sealed record ClusterStatus(string Name, string Provider, string Release, string Endpoint, string VirtualAddress, string? Kubeconfig);

/// <param name="IsSkipped">The next <c>Bootstrap</c> skips it.</param>
/// <param name="Reason">Why it is skipped, or why not.</param>
public sealed record TargetStatus(string Name, bool IsSkipped, string Reason);

/// <param name="Role"><c>master</c>, <c>bootstrap master</c> or <c>worker</c>.</param>
/// <param name="State"><c>absent</c>, <c>stopped</c>, <c>running</c>, or why that is not known.</param>
public sealed record MachineStatus(string Name, string MachineName, string Role, string Address, string State);

/// <param name="Version">Of the API server that answered; null if none did.</param>
/// <param name="Trouble">Why it could not be asked; null if it answered.</param>
/// <param name="PodCount">Pods that count: not those on their way out.</param>
/// <param name="PodsInTrouble">Those that are not Running and Ready.</param>
public sealed record ApiStatus(string? Version, string? Trouble, IReadOnlyList<NodeStatus> Nodes, int PodCount, IReadOnlyList<PodStatus> PodsInTrouble);

/// <param name="Trouble">Null if the node is Ready.</param>
/// <param name="Kubelet">Version of its kubelet; null if it is not registered.</param>
public sealed record NodeStatus(string Name, string? Trouble, string? Kubelet);

public sealed record PodStatus(string Namespace, string Name, string Ready, string Status, int Restarts);

/// <param name="DaysLeft">Whole days; negative once it has expired.</param>
/// <param name="IsDue">It has expired, or is about to: it is to be issued anew.</param>
/// <param name="Remedy">The command that does it; null if it is not due.</param>
public sealed record CertificateStatus(string Name, DateTimeOffset NotAfter, int DaysLeft, bool IsDue, string? Remedy = null);

[JsonSerializable(typeof(StatusReport))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
internal sealed partial class StatusJson : JsonSerializerContext;
