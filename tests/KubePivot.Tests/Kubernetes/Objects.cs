using k8s.Models;

namespace KubePivot.Tests.Kubernetes;

/// <summary>Objects of a cluster in the states that tests need.</summary>
internal static class Objects
{
    public static V1Node Node(string name, bool ready = true) => new()
    {
        ApiVersion = "v1",
        Kind = "Node",
        Metadata = new() { Name = name, Labels = new Dictionary<string, string> { [name.StartsWith("master", StringComparison.Ordinal) ? "node.kubernetes.io/master" : "worker"] = "" } },
        Status = new()
        {
            Conditions = [new() { Type = "Ready", Status = ready ? "True" : "False", Message = ready ? "kubelet is posting ready status" : "cni plugin not initialized" }],
            NodeInfo = new() { KubeletVersion = "v1.20.2" },
        },
    };

    /// <summary>A pod of one container, Running and Ready.</summary>
    public static V1Pod Pod(string name, string @namespace = "kube-system", Action<V1Pod>? change = null)
    {
        var pod = new V1Pod
        {
            ApiVersion = "v1",
            Kind = "Pod",
            Metadata = new() { Name = name, NamespaceProperty = @namespace, Uid = $"uid-of-{name}", CreationTimestamp = new DateTime(2025, 12, 31, 23, 58, 0, DateTimeKind.Utc) },
            Spec = new() { Containers = [new() { Name = "main" }], NodeName = "master01" },
            Status = new()
            {
                Phase = "Running",
                Conditions = [new() { Type = "Ready", Status = "True" }, new() { Type = "PodScheduled", Status = "True" }],
                ContainerStatuses = [new() { Name = "main", Image = "kubepivot.local/main:1", Ready = true, State = new() { Running = new() } }],
            },
        };
        change?.Invoke(pod);
        return pod;
    }

    /// <summary>A pod whose container waits for the given reason.</summary>
    public static V1Pod Waiting(string name, string reason, int restarts = 0, string? message = null, string @namespace = "kube-system") => Pod(name, @namespace, pod =>
    {
        pod.Status.Conditions[0].Status = "False";
        var container = pod.Status.ContainerStatuses[0];
        container.Ready = false;
        container.RestartCount = restarts;
        container.State = new() { Waiting = new() { Reason = reason, Message = message } };
        if (restarts > 0)
        {
            container.LastState = new() { Terminated = new() { ExitCode = 255, Reason = "Error" } };
        }
    });

    public static V1Pod Unschedulable(string name) => Pod(name, change: pod =>
    {
        pod.Spec.NodeName = null;
        pod.Status = new() { Phase = "Pending", Conditions = [new() { Type = "PodScheduled", Status = "False", Reason = "Unschedulable", Message = "0/4 nodes are available" }] };
    });

    public static V1DaemonSet DaemonSet(string name, int desired, int ready, long generation = 1, long observed = 1, bool mastersOnly = false) => new()
    {
        ApiVersion = "apps/v1",
        Kind = "DaemonSet",
        Metadata = new() { Name = name, NamespaceProperty = "kube-system", Generation = generation },
        Spec = new()
        {
            Selector = new(),
            Template = new()
            {
                Spec = new()
                {
                    Containers = [],
                    Tolerations = [new() { OperatorProperty = "Exists" }],
                    NodeSelector = mastersOnly ? new Dictionary<string, string> { ["node.kubernetes.io/master"] = "" } : null,
                },
            },
        },
        Status = new() { ObservedGeneration = observed, DesiredNumberScheduled = desired, UpdatedNumberScheduled = desired, NumberReady = ready, NumberAvailable = ready, CurrentNumberScheduled = desired, NumberMisscheduled = 0 },
    };

    public static V1Deployment Deployment(string name, int replicas, int ready, int? present = null) => new()
    {
        ApiVersion = "apps/v1",
        Kind = "Deployment",
        Metadata = new() { Name = name, NamespaceProperty = "kube-system", Generation = 1 },
        Spec = new() { Replicas = replicas, Selector = new(), Template = new() },
        Status = new() { ObservedGeneration = 1, UpdatedReplicas = replicas, ReadyReplicas = ready, Replicas = present ?? replicas },
    };
}
