using KubePivot.Execution;
using KubePivot.Stages;
using Nuke.Common;

/// <summary>The way from nothing to a cluster, in the order in which it is gone.</summary>
[CheckParameters]
[ShowPlan]
[ResumeFromMarkers]
[KeepTimeline]
[TellFailures]
internal sealed partial class Build : NukeBuild
{
    public static int Main() => Launch.Run(() => Execute<Build>(build => build.Bootstrap));

    Target GeneratePki => _ => _
        .Description("Makes the certificate authorities, certificates and keys")
        .Executes(() => new GeneratePkiStage(Context, IsForced(GeneratePki), RotateCa).RunAsync());

    Target RenderAssets => _ => _
        .Description("Renders the bootkube asset tree and each node's file tree")
        .DependsOn(GeneratePki)
        .Executes(() => Assert.Fail("RenderAssets is not wired"));

    Target FetchKubernetes => _ => _
        .Description("Brings kubelet, container images and the machines' box into the cache")
        .After(RenderAssets)
        .Executes(() => Assert.Fail("FetchKubernetes is not wired"));

    Target VagrantUp => _ => _
        .Description("Starts the machines, until SSH answers and their host keys are recorded")
        .DependsOn(FetchKubernetes)
        .After(RenderAssets)
        .Executes(() => Assert.Fail("VagrantUp is not wired"));

    Target CopyAssets => _ => _
        .Description("Makes every node hold what it must; etcd and kubelet run")
        .DependsOn(RenderAssets, VagrantUp)
        .Executes(() => Assert.Fail("CopyAssets is not wired"));

    Target StartBootkube => _ => _
        .Description("Lets bootkube pivot from the temporary control plane to the self-hosted one")
        .DependsOn(CopyAssets)
        .Executes(() => Assert.Fail("StartBootkube is not wired"));

    Target WaitForPods => _ => _
        .Description("Waits until every node is Ready, and every pod Running and Ready")
        .DependsOn(StartBootkube)
        .Executes(() => Assert.Fail("WaitForPods is not wired"));

    Target PrintToken => _ => _
        .Description("Prints how to use kubectl, the dashboard's address and a login token")
        .DependsOn(WaitForPods)
        .Executes(() => Assert.Fail("PrintToken is not wired"));

    Target Bootstrap => _ => _
        .Description("All of the above, in this order")
        .DependsOn(PrintToken);

    Target Status => _ => _
        .Description("Shows what exists, what runs, what would be skipped and why, when certificates expire")
        .After(Bootstrap)
        .Executes(() => Assert.Fail("Status is not wired"));
}
