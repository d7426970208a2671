using k8s.Models;

namespace KubePivot.Kubernetes;

/// <summary>Whether a node is Ready.</summary>
public static class NodeReadiness
{
    /// <summary>Why the node is not Ready, in the kubelet's words; null if it is.</summary>
    /// <param name="node">Null: it has not registered.</param>
    public static string? Trouble(V1Node? node)
    {
        var ready = node?.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");
        return node == null ? "not registered"
            : ready?.Status == "True" ? null
            : ready?.Message ?? ready?.Reason ?? "its kubelet has not reported yet";
    }
}
