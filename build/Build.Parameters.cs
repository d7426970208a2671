using KubePivot.Assets;
using KubePivot.Bootkube;
using KubePivot.Configuration;
using KubePivot.Execution;
using KubePivot.Images;
using KubePivot.Kubernetes;
using KubePivot.Machines;
using KubePivot.Pki;
using KubePivot.Resuming;
using KubePivot.Stages;
using Nuke.Common;
using Nuke.Common.Execution;
using Nuke.Common.IO;

/// <summary>Text for people, or JSON for programs.</summary>
public enum OutputFormat
{
    Text,
    Json,
}

partial class Build : IPipeline
{
    StageContext? context;

    SourceChoice? kubernetes;

    BootkubeBuild? bootkube;

    Timeline? timeline;

    [Parameter("Ignore the done-markers of the targets named; with Bootstrap, of all")]
    readonly bool Force;

    [Parameter("The cluster's description. Default is cluster.yaml")]
    readonly AbsolutePath ClusterFile = RootDirectory / "cluster.yaml";

    [Parameter("What runs the machines: auto, virtualbox, libvirt, vmware_desktop, parallels, hyperv, lxc or existing. Default is what cluster.yaml says")]
    readonly string? Provider;

    [Parameter("Where Kubernetes comes from: auto, upstream, debian or bundle. Default is what cluster.yaml says")]
    readonly string? Source;

    [Parameter("Folder of the bundle that Kubernetes is taken from. Default is bundle, beside cluster.yaml, or what that says")]
    readonly AbsolutePath? Bundle;

    [Parameter("FetchKubernetes: make a bundle in this folder, for networks without a way out")]
    readonly AbsolutePath? BundleTo;

    [Parameter("Minutes that each wait may take. Default is 20")]
    readonly int Timeout = 20;

    [Parameter("PrintToken and Status: text or json. Default is text")]
    readonly OutputFormat Output = OutputFormat.Text;

    [Parameter("PrintToken: how long the login token is good. Default is 24h")]
    readonly string TokenDuration = "24h";

    /// <summary>As it was before anything was printed: JSON goes there, see <see cref="KeepStandardOutputForJsonAttribute"/>.</summary>
    readonly TextWriter StandardOutput = Console.Out;

    bool IPipeline.PrintsJson => Output == OutputFormat.Json;

    void IPipeline.CheckInput()
    {
        _ = Context;
        _ = TokenLifetime;
        _ = IgnoredChecks;
        _ = ExecutionPlan.Contains(Restore) ? CheckedSnapshot : null;
        CheckSoak();
        _ = ExecutionPlan.Contains(RenderAssets) ? RegistryFiles.Load(Context.Cluster.Spec.Registries, Paths) : null;
        _ = ExecutionPlan.Contains(RenderAssets) || ExecutionPlan.Contains(FetchKubernetes) ? Kubernetes : null;
    }

    ClusterPaths IPipeline.Paths => Paths;

    MarkerStore IPipeline.Markers => Markers;

    TargetInputs IPipeline.Inputs => new(Context.Cluster, Paths, Markers, HostState());

    Timeline IPipeline.Timeline => Timeline;

    bool IPipeline.IsForced(ExecutableTarget target) => IsForced((Target)target.Factory);

    static bool IsTerminal => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    ClusterPaths Paths => new(RootDirectory);

    MarkerStore Markers => new(Paths.Markers);

    Timeline Timeline => timeline ??= new Timeline(Paths.Timeline, TimeProvider.System);

    /// <summary>What the stages are given; made when it is first asked for.</summary>
    /// <exception cref="InvalidInputException">The cluster's description or a parameter is not valid.</exception>
    StageContext Context => context ??= new StageContext
    {
        Cluster = LoadCluster(),
        Paths = Paths,
        Reporter = new StageReporter(Timeline, IsLocalBuild && IsTerminal && Verbosity != Verbosity.Verbose ? new LiveLines(Console.Out, () => (Console.WindowWidth, Console.WindowHeight)) : null),
        Timeout = TimeSpan.FromMinutes(Timeout),
    };

    /// <summary>Where Kubernetes comes from, in which version, and why.</summary>
    SourceChoice Kubernetes => kubernetes ??= ChooseKubernetes();

    KubernetesRelease Release => Kubernetes.Release;

    KubernetesArtifacts Artifacts => KubernetesArtifacts.Locate(Release);

    BootkubeBuild Bootkube => bootkube ??= new BootkubeBuild(RootDirectory);

    TimeSpan TokenLifetime => KubePivot.Kubernetes.TokenDuration.Parse("--token-duration", TokenDuration);

    /// <summary>What people are told of the login, and how.</summary>
    PrintTokenOptions Login => new()
    {
        Duration = TokenLifetime,
        Json = Output == OutputFormat.Json,
        Output = StandardOutput,
        MasksToken = IsServerBuild,
        CachedKubectl = Artifacts.IsComplete ? Artifacts.Program("kubectl") : null,
    };

    Cluster LoadCluster()
    {
        var spec = KubePivot.Configuration.ClusterFile.Load(ClusterFile).With(
            Provider == null ? null : Choices.Provider.Parse("--provider", Provider), Source == null ? null : Choices.Source.Parse("--source", Source), ClusterFile.Name);
        return new Cluster(spec, ClusterFile, ProviderChoice.Here(spec.Machines.Provider, Paths).Provider);
    }

    SourceChoice ChooseKubernetes()
    {
        var choice = SourceChoice.Of(
            Context.Cluster.Spec.Kubernetes,
            Bundle ?? Path.GetFullPath(Context.Cluster.Spec.Kubernetes.Bundle ?? "bundle", RootDirectory),
            Context.Catalogue,
            RememberedSource.Load(Paths),
            () => RegistryProbe.WhoAnswers(RegistryProbe.EndpointsOf(Context.Cluster.Spec.Registries), RegistryProbe.Patience));
        return choice with { Release = choice.Release with { NodeProgram = Bootkube.Sources } };
    }

    HostState HostState() => new()
    {
        PkiState = () => PkiState.Fingerprint(Paths, TimeProvider.System),
        Release = () => Release.Identity,
        ArtifactState = () => $"{Artifacts.State} {Context.Cluster.Provider == MachineProvider.Lxc && File.Exists(new LxcBox(Context, Artifacts).BoxFile)}",
        MachineState = () => MachineStates.Text(Context.Cluster, Paths),
        BootkubeBinary = () => Bootkube.PathOf(),
    };

    /// <summary>Whether <c>--force</c> means this target: it was named, or the whole pipeline runs. New certificates and bundles are made whatever is done.</summary>
    bool IsForced(Target target) => ((RotateCa || ExecutionPlan.Contains(RenewCertificates)) && target == GeneratePki) || (BundleTo != null && target == FetchKubernetes) || (Force && (InvokedTargets.Contains(target) || ExecutionPlan.Contains(Bootstrap)));
}
