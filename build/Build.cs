using KubePivot.Execution;
using KubePivot.Images;
using KubePivot.Preflight;
using KubePivot.Stages;
using Nuke.Common;

/// <summary>The way from nothing to a cluster, in the order in which it is gone.</summary>
[CheckParameters]
[KeepStandardOutputForJson]
[ShowPlan]
[ResumeFromMarkers]
[KeepTimeline]
[TellFailures]
internal sealed partial class Build : NukeBuild
{
    public static int Main() => Launch.Run(() => Execute<Build>(build => build.Bootstrap));

    Target Preflight => _ => _
        .Description("Checks this host and the machines that are there, before anything is changed")
        .OnlyWhenDynamic(() => ChangesMachines, "machines are to be changed")
        .Executes(() => new PreflightStage(Context, Release, IgnoredChecks).RunAsync());

    Target GeneratePki => _ => _
        .Description("Makes the certificate authorities, certificates and keys")
        .After(Preflight)
        .Executes(() => new GeneratePkiStage(Context, ChangeOfPki).RunAsync());

    Target RenderAssets => _ => _
        .Description("Renders the bootkube asset tree and each node's file tree")
        .DependsOn(GeneratePki)
        .Executes(RenderAsync);

    Target FetchKubernetes => _ => _
        .Description("Brings kubelet, container images and the machines' box into the cache")
        .After(Preflight, RenderAssets)
        .Executes(() => new FetchKubernetesStage(Context, Kubernetes, BundleTo).RunAsync());

    Target VagrantUp => _ => _
        .Description("Starts the machines, until SSH answers and their host keys are recorded")
        .DependsOn(Preflight, FetchKubernetes)
        .After(RenderAssets)
        .Executes(() => new VagrantUpStage(Context, new LxcBox(Context, Artifacts).EnsureAsync).RunAsync());

    Target CopyAssets => _ => _
        .Description("Makes every node hold what it must; etcd and kubelet run")
        .DependsOn(RenderAssets, VagrantUp)
        .Executes(CopyAsync);

    Target StartBootkube => _ => _
        .Description("Lets bootkube pivot from the temporary control plane to the self-hosted one")
        .DependsOn(CopyAssets)
        .Executes(() => new StartBootkubeStage(Context).RunAsync());

    Target RemoveNodes => _ => _
        .Description("Drains and removes nodes that are no longer in the cluster file")
        .DependsOn(StartBootkube)
        .OnlyWhenDynamic(() => MayHaveNodesToRemove, "nothing has changed, and every machine is one of the cluster file")
        .Executes(() => new RemoveNodesStage(Context, Confirmation).RunAsync());

    Target WaitForPods => _ => _
        .Description("Waits until every node is Ready, and every pod Running and Ready")
        .DependsOn(RemoveNodes)
        .Executes(WaitAsync);

    Target PrintToken => _ => _
        .Description("Prints how to use kubectl, the dashboard's address and a login token")
        .DependsOn(WaitForPods)
        .Executes(() => new PrintTokenStage(Context, Login).RunAsync());

    Target Bootstrap => _ => _
        .Description("All of the above, in this order")
        .DependsOn(PrintToken);

    Target TrustNewAuthorities => _ => _
        .Description("RenewCertificates --rotate-ca: lets the running cluster trust and use new authorities, the old ones beside them")
        .Before(Preflight, GeneratePki)
        .OnlyWhenDynamic(() => RotateCa, "--rotate-ca is not given")
        .Executes(() => new RotateAuthoritiesStage(Context, RollOutAsync, UntilReadyAsync).RunAsync());

    Target RenewCertificates => _ => _
        .Description("Issues every certificate anew and brings them onto the running cluster, one member at a time")
        .DependsOn(TrustNewAuthorities, WaitForPods);

    Target Status => _ => _
        .Description("Shows what exists, what runs, what would be skipped and why, when certificates expire")
        .After(Bootstrap)
        .Executes(() => new StatusStage(Context, Markers, ((IPipeline)this).Inputs, () => Release.ToString(), Output == OutputFormat.Json, StandardOutput).RunAsync());
}
