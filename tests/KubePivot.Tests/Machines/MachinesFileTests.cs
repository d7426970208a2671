using KubePivot.Configuration;
using KubePivot.Machines;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Machines;

public sealed class MachinesFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(MachineProvider.Lxc, "kubepivot-0123456789abcdef")]
    [InlineData(MachineProvider.Virtualbox, "debian/bookworm64")]
    public void The_file_describes_the_machines_and_nothing_else(MachineProvider provider, string box) =>
        Golden.Matches("Machines", $"machines-{provider.VagrantName()}.json", FileOf(provider, box).ToJson());

    [Fact]
    public void What_is_saved_can_be_loaded()
    {
        var (paths, file) = (new ClusterPaths(folder), FileOf(MachineProvider.Lxc, "kubepivot-1"));

        file.Save(paths);

        Assert.Equal(file.ToJson(), MachinesFile.LoadIfPresent(paths)!.ToJson());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{ \"provider\": null }")]
    public void A_damaged_file_counts_as_none(string content)
    {
        var paths = new ClusterPaths(folder);
        Directory.CreateDirectory(paths.State);
        File.WriteAllText(paths.MachinesFile, content);

        Assert.Null(MachinesFile.LoadIfPresent(paths));
    }

    [Fact]
    public void A_machine_whose_node_was_taken_out_of_the_cluster_file_stays_known_while_it_exists()
    {
        var before = FileOf(MachineProvider.Lxc, "kubepivot-1");
        var after = MachinesFile.Of(Scenarios.OneAndNone(), "kubepivot-1", [], TimeSpan.FromMinutes(5));

        var kept = after.Keeping(before.Machines.Where(machine => machine.Name == "worker01"));

        Assert.Equal(["master01", "worker01"], kept.Machines.Select(machine => machine.Name));
    }

    private static MachinesFile FileOf(MachineProvider provider, string box) =>
        MachinesFile.Of(Scenarios.ThreeAndOne(provider), box, ["containerd", "runc"], TimeSpan.FromMinutes(5));
}
