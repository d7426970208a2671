using Nuke.Common.IO;
using Nuke.Common.Utilities.Collections;

public enum Heat
{
    Mild,
    Medium,
    Hot,
}

public enum Configuration
{
    Debug,
    Release,
}

/// <summary>A build with targets of every kind.</summary>
internal sealed class Build : NukeBuild
{
    [Parameter("Force everything")] readonly bool Force;
    [Parameter("Number of retries.")] readonly int Retries = 3;
    [Parameter] readonly int? Limit;
    [Parameter("A name")] readonly string Name = "default-name";
    [Parameter("How hot it is")] readonly Heat Heat = Heat.Mild;
    [Parameter("Configuration to build - Default is 'Debug' (local) or 'Release' (server)")]
    readonly Configuration Configuration = IsLocalBuild ? Configuration.Debug : Configuration.Release;
    [Parameter("Items to process", Separator = "+")] readonly string[] Items = ["x"];
    [Parameter("Numbers")] readonly int[] Numbers;
    [Parameter("Output path")] readonly AbsolutePath OutputPath = RootDirectory / "output";
    [Parameter("Not listed", List = false)] readonly string Hush;
    [Parameter("Renamed one", Name = "OtherName")] readonly string Original = "o";
    [Parameter("Token for the API"), Secret] readonly string ApiToken;

    public static int Run() => Execute<Build>(x => x.C);

    protected override void OnBuildCreated() => Log.Debug("event OnBuildCreated");

    protected override void OnBuildInitialized() => Log.Debug("event OnBuildInitialized");

    protected override void OnBuildFinished() => Log.Debug("event OnBuildFinished");

    protected override void OnTargetRunning(string target) => Log.Debug("event OnTargetRunning {Target}", target);

    protected override void OnTargetSkipped(string target) => Log.Debug("event OnTargetSkipped {Target}", target);

    protected override void OnTargetSucceeded(string target) => Log.Debug("event OnTargetSucceeded {Target}", target);

    protected override void OnTargetFailed(string target) => Log.Debug("event OnTargetFailed {Target}", target);

    Target Clean => _ => _
        .Description("Cleans up")
        .Before(A)
        .Executes(() => { });

    Target A => _ => _
        .Description("First step")
        .Executes(() =>
        {
            Log.Verbose("verbose line");
            Log.Debug("debug line");
            Log.Information("Root {Root} Local {IsLocal} Host {Host} Verbosity {Verbosity}", RootDirectory, IsLocalBuild, Host, Verbosity);
            Log.Information("Force={Force} Retries={Retries} Limit={Limit} Name={Name} Heat={Heat} Configuration={Configuration}", Force, Retries, Limit, Name, Heat, Configuration);
            Log.Information("Items={Items} Numbers={Numbers} OutputPath={OutputPath} Original={Original} Hush={Hush} TokenLength={TokenLength}", Items, Numbers, OutputPath, Original, Hush, ApiToken?.Length);
        });

    Target B => _ => _
        .DependsOn(A)
        .OnlyWhenDynamic(() => Force)
        .Executes(() => Log.Information("B ran"));

    Target C => _ => _
        .Description("The default")
        .DependsOn(B)
        .Executes(() =>
        {
            Log.Warning("C warns about {Thing}", "something");
            ReportSummary(_ => _.AddPair("Passed", "12").AddPair("Failed", "0"));
        });

    Target CustomMessage => _ => _
        .OnlyWhenDynamic(() => Force, "force was not given")
        .Executes(() => Log.Information("ran"));

    Target StaticSkip => _ => _
        .DependsOn(A)
        .OnlyWhenStatic(() => Force && Retries > 1)
        .Executes(() => Log.Information("ran"));

    Target StaticSkipKeep => _ => _
        .DependsOn(A)
        .WhenSkipped(DependencyBehavior.Execute)
        .OnlyWhenStatic(() => Force)
        .Executes(() => Log.Information("ran"));

    Target NeedsStaticSkip => _ => _.DependsOn(StaticSkip).Executes(() => Log.Information("ran"));

    Target NeedsStaticSkipKeep => _ => _.DependsOn(StaticSkipKeep).Executes(() => Log.Information("ran"));

    Target NeedsToken => _ => _
        .Description("Requires the token")
        .Requires(() => ApiToken)
        .Executes(() => Log.Information("token is {Length} long", ApiToken.Length));

    Target NeedsLimit => _ => _
        .Requires(() => Limit)
        .Executes(() => Log.Information("limit {Limit}", Limit));

    Target NeedsRetries => _ => _
        .Requires(() => Retries > 5)
        .Executes(() => Log.Information("retries {Retries}", Retries));

    Target Hidden => _ => _.Unlisted().Executes(() => Log.Information("hidden ran"));

    Target Trig => _ => _.Triggers(Trigged).Executes(() => Log.Information("trig ran"));

    Target Trigged => _ => _.Executes(() => Log.Information("trigged ran"));

    Target TrigBy => _ => _.TriggeredBy(Trigged).Executes(() => Log.Information("trigby ran"));

    Target Late => _ => _.After(C).Executes(() => Log.Information("late ran"));

    Target Injected => _ => _.DependentFor(Late).Executes(() => Log.Information("injected ran"));

    Target Fails => _ => _
        .DependsOn(A)
        .Executes(() => throw new InvalidOperationException("this target fails"));

    Target AfterFails => _ => _.DependsOn(Fails).Executes(() => Log.Information("never"));

    Target Assured => _ => _.After(Fails).AssuredAfterFailure().Executes(() => Log.Information("assured ran"));

    Target FailsProceed => _ => _
        .ProceedAfterFailure()
        .Executes(() => Assert.Fail("soft failure"));

    Target AfterProceed => _ => _.DependsOn(FailsProceed).Executes(() => Log.Information("still running"));

    Target AssertTrue => _ => _.Executes(() => Assert.True(Retries > 100));

    Target All => _ => _.DependsOn(A, Trigged);
}
