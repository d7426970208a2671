using KubePivot.Configuration;
using KubePivot.Resuming;

namespace KubePivot.Tests.Resuming;

public sealed class TargetInputsTests : IDisposable
{
    private readonly ClusterPaths paths = new(Directory.CreateTempSubdirectory("kubepivot-inputs-").FullName);
    private readonly MarkerStore markers;
    private ClusterSpec spec = ClusterDefaults.Spec;
    private string pkiState = "pki";
    private string release = "v1.20.2 from debian";
    private string machineState = "four run";

    public TargetInputsTests() => markers = new MarkerStore(paths.Markers);

    public static TheoryData<string> Targets => [.. TargetInputs.MarkedTargets];

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_same_inputs_give_the_same_fingerprint(string target)
    {
        Assert.Equal(Fingerprint(target), Fingerprint(target));
        Assert.Matches("^[0-9a-f]{64}$", Fingerprint(target));
    }

    [Fact]
    public void A_target_without_a_marker_has_no_inputs() => Assert.Throws<ArgumentException>(() => Fingerprint("PrintToken"));

    [Fact]
    public void A_target_that_ran_anew_changes_all_that_come_after_it_and_none_before()
    {
        var before = TargetInputs.MarkedTargets.ToDictionary(target => target, Fingerprint);

        markers.Save(new Marker("VagrantUp", DateTimeOffset.UnixEpoch, 1, "new"));

        Assert.Equal(["CopyAssets", "StartBootkube", "WaitForPods"], TargetInputs.MarkedTargets.Where(target => Fingerprint(target) != before[target]));
    }

    [Fact]
    public void When_the_marker_was_written_does_not_matter()
    {
        markers.Save(new Marker("VagrantUp", DateTimeOffset.UnixEpoch, 1, "same"));
        var before = Fingerprint("CopyAssets");

        markers.Save(new Marker("VagrantUp", DateTimeOffset.UnixEpoch.AddDays(1), 2, "same"));

        Assert.Equal(before, Fingerprint("CopyAssets"));
    }

    [Theory]
    [InlineData("GeneratePki", true)]
    [InlineData("VagrantUp", true)]
    [InlineData("RenderAssets", true)]
    [InlineData("FetchKubernetes", false)]
    public void A_node_more_concerns_the_targets_that_make_something_for_it(string target, bool concerned) => AssertChanges(
        target, concerned, () => spec = spec with { Nodes = [.. spec.Nodes, new NodeSpec { Name = "worker02", Role = NodeRole.Worker }] });

    [Theory]
    [InlineData("GeneratePki", true)]
    [InlineData("VagrantUp", false)]
    public void A_lifetime_concerns_the_pki(string target, bool concerned) => AssertChanges(
        target, concerned, () => spec = spec with { Pki = spec.Pki with { LeafLifetime = TimeSpan.FromDays(90) } });

    [Theory]
    [InlineData("GeneratePki", false)]
    [InlineData("VagrantUp", true)]
    public void The_memory_of_machines_concerns_the_machines(string target, bool concerned) => AssertChanges(
        target, concerned, () => spec = spec with { Machines = spec.Machines with { MemoryMib = 4096 } });

    [Fact]
    public void A_change_on_disk_of_the_pki_concerns_it() => AssertChanges("GeneratePki", true, () => pkiState = "due: admin");

    [Fact]
    public void Machines_that_went_away_concern_vagrant() => AssertChanges("VagrantUp", true, () => machineState = "three run");

    [Theory]
    [InlineData("FetchKubernetes", true)]
    [InlineData("RenderAssets", true)]
    [InlineData("GeneratePki", false)]
    public void Another_release_concerns_what_is_rendered_and_fetched(string target, bool concerned) =>
        AssertChanges(target, concerned, () => release = "v1.31.0 from upstream");

    [Fact]
    public void A_changed_template_concerns_what_is_rendered() => AssertChanges("RenderAssets", true, () =>
    {
        Directory.CreateDirectory(paths.Templates);
        File.WriteAllText(Path.Combine(paths.Templates, "a.yaml.sbn"), "a: 1");
    });

    [Fact]
    public void A_node_with_another_host_key_concerns_all_that_talk_to_it() => AssertChanges("CopyAssets", true, () =>
    {
        Directory.CreateDirectory(paths.State);
        File.WriteAllText(paths.KnownHosts, "10.64.7.11 ssh-ed25519 AAAA");
    });

    public void Dispose() => Directory.Delete(paths.Root, recursive: true);

    private void AssertChanges(string target, bool changes, Action change)
    {
        var before = Fingerprint(target);
        change();
        Assert.Equal(changes, Fingerprint(target) != before);
    }

    private string Fingerprint(string target)
    {
        var host = new HostState
        {
            PkiState = () => pkiState,
            Release = () => release,
            ArtifactState = () => "complete",
            MachineState = () => machineState,
            BootkubeBinary = () => Path.Combine(paths.Root, "bootkube"),
        };
        return new TargetInputs(new Cluster(spec, "/clusters/cluster.yaml", MachineProvider.Lxc), paths, markers, host).Fingerprint(target);
    }
}
