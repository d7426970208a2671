using KubePivot.Images;
using KubePivot.Pki;
using KubePivot.Preflight;
using KubePivot.Stages;
using Nuke.Common;

partial class Build
{
    Target RotateEncryptionKey => _ => _
        .Description("Replaces the key that Secrets are encrypted with in etcd, one API server at a time")
        .DependsOn(WaitForPods)
        .Executes(() => new RotateEncryptionKeyStage(Context, RollOutAsync).RunAsync());

    async Task RenderAsync() => await new RenderAssetsStage(Context, Kubernetes, await Bootkube.EnsureAsync(tell: Tell)).RunAsync();

    Task CopyAsync() => new CopyAssetsStage(Context, new NodePayload(Artifacts), new NodePreflight(Context, Release, IgnoredChecks)) { Confirmation = Confirmation }.RunAsync();

    /// <summary>Brings a change of the PKI onto the nodes; nothing that runs is given it yet.</summary>
    async Task CopyAnewAsync()
    {
        await RenderAsync();
        await CopyAsync();
    }

    /// <summary>Brings a change of the PKI onto the running cluster, one member at a time.</summary>
    async Task RollOutAsync()
    {
        await CopyAnewAsync();
        await new StartBootkubeStage(Context).RunAsync();
        await UntilReadyAsync();
    }

    /// <summary>The API servers must read what a backup of an earlier time holds.</summary>
    async Task TakeBackEncryptionKeysAsync(IReadOnlyCollection<string> names)
    {
        var file = new EncryptionKeyFile(Paths);
        if (names.Except(file.NamesInUse()).Any())
        {
            file.Save(file.Load().WithPrevious(file.Find(names)), Context.Clock.GetUtcNow());
            Tell("The Secrets of this backup are encrypted with a key of that time, which is taken back into use. Afterwards ./build.sh RotateEncryptionKey encrypts them with today's.");
            await CopyAnewAsync();
        }
    }
}
