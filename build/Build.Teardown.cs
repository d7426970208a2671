using KubePivot.Execution;
using KubePivot.Stages;
using KubePivot.Status;
using Nuke.Common;

partial class Build
{
    [Parameter("Destroy: also remove the PKI and all state of the cluster")]
    readonly bool Purge;

    [Parameter("Do not ask before something is removed or replaced")]
    readonly bool Yes;

    Target Destroy => _ => _
        .Description("Removes the machines and restores the host's settings; keeps the PKI unless --purge")
        .Before(Preflight, GeneratePki, FetchKubernetes)
        .Executes(() => new DestroyStage(Context, Purge, Confirmation).RunAsync());

    /// <summary>Whether the API is asked for nodes that have left cluster.yaml. Where all is done and no machine is left over, none can have.</summary>
    bool MayHaveNodesToRemove => Yes
        || Force
        || InvokedTargets.Contains(RemoveNodes)
        || RemoveNodesStage.MachinesWithoutNode(Context.Cluster, Paths).Count > 0
        || !TargetStatuses.Decide(Markers, ((IPipeline)this).Inputs, nameof(WaitForPods)).Skips;

    Confirmation Confirmation => new(Yes, IsServerBuild || Console.IsInputRedirected ? null : Ask);

    static bool Ask(string question)
    {
        Console.Write($"{question} [y/N] ");
        return Console.ReadLine()?.Trim().StartsWith('y') == true;
    }
}
