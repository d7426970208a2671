using KubePivot.Machines;

namespace KubePivot.Tests.Machines;

public sealed class HostSettingsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_was_changed_can_be_read_again()
    {
        var paths = new ClusterPaths(folder);
        new HostSettings("boot-1", "kp3fa1", "10.64.7.1/24", new Dictionary<string, string> { ["net.ipv4.ip_forward"] = "0" }).Save(paths);

        var read = HostSettings.LoadIfPresent(paths)!;

        Assert.Equal(("boot-1", "kp3fa1", "10.64.7.1/24", "0"), (read.Boot, read.Bridge, read.Gateway, read.Sysctls["net.ipv4.ip_forward"]));
    }

    [Fact]
    public void No_record_and_a_damaged_one_are_the_same()
    {
        var paths = new ClusterPaths(folder);
        Assert.Null(HostSettings.LoadIfPresent(paths));

        Directory.CreateDirectory(paths.State);
        File.WriteAllText(paths.HostSettings, "{");
        Assert.Null(HostSettings.LoadIfPresent(paths));
    }
}
