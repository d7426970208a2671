using KubePivot.Stages;
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

    Confirmation Confirmation => new(Yes, IsServerBuild || Console.IsInputRedirected ? null : Ask);

    static bool Ask(string question)
    {
        Console.Write($"{question} [y/N] ");
        return Console.ReadLine()?.Trim().StartsWith('y') == true;
    }
}
