using KubePivot;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Machines;
using KubePivot.Ssh;

namespace Integration.Tests.Machines;

/// <summary>Vagrant's own configuration classes judge the Vagrantfile, for the providers that come with it and those of installed plugins.</summary>
public sealed class VagrantAcceptsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(MachineProvider.Virtualbox, null)]
    [InlineData(MachineProvider.Hyperv, null)]
    [InlineData(MachineProvider.Libvirt, "vagrant-libvirt")]
    [InlineData(MachineProvider.Lxc, "vagrant-lxc")]
    public async Task Every_setting_is_known_to_the_provider(MachineProvider provider, string? plugin)
    {
        Assert.SkipUnless(plugin == null || VagrantHome.HasPlugin(plugin), $"the Vagrant plugin {plugin} is not installed");
        Assert.SkipWhen(LocalCommand.Find("ruby") == null, "ruby, which comes with vagrant, is not installed");
        var paths = new ClusterPaths(folder);
        SshKey.EnsureExists(paths, "test");
        var cluster = TestCluster.In(folder, provider);
        MachinesFile.Of(cluster, "debian/bookworm64", NodePackages.All, TimeSpan.FromMinutes(5)).Save(paths);
        File.Copy(Path.Combine(TestCluster.CheckoutRoot, "Vagrantfile"), paths.Vagrantfile);

        var result = await LocalCommand.RunAsync(
            "ruby",
            [Path.Combine(TestCluster.CheckoutRoot, "tests", "Integration.Tests", "Machines", "vagrant_accepts.rb"), folder, provider.VagrantName()],
            folder,
            new Dictionary<string, string?> { ["KUBEPIVOT_MACHINES"] = paths.MachinesFile, ["VAGRANT_HOME"] = Path.Combine(folder, "vagrant.d"), ["VAGRANT_CHECKPOINT_DISABLE"] = "1" },
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.SkipWhen(result.ExitCode == 75, "this Vagrant cannot be loaded as a Ruby library");
        result.ThrowOnFailure();
        Assert.Equal($"{provider.VagrantName()}: errors [], warnings [], unknown settings []", result.StandardOutput.Trim());
    }
}
