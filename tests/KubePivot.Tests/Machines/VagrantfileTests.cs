using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Machines;
using KubePivot.Ssh;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Machines;

/// <summary>The Vagrantfile, evaluated by Ruby with configuration objects that write down what they are told.</summary>
public sealed class VagrantfileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(MachineProvider.Virtualbox)]
    [InlineData(MachineProvider.VmwareDesktop)]
    [InlineData(MachineProvider.Parallels)]
    [InlineData(MachineProvider.Libvirt)]
    [InlineData(MachineProvider.Hyperv)]
    [InlineData(MachineProvider.Lxc)]
    public async Task Every_provider_is_told_what_its_documentation_asks_for(MachineProvider provider)
    {
        var paths = new ClusterPaths(folder);
        SshKey.EnsureExists(paths, "test");
        var vagrantKey = Path.Combine(paths.State, "vagrant.d", "insecure_private_key");
        Directory.CreateDirectory(Path.GetDirectoryName(vagrantKey)!);
        await File.WriteAllTextAsync(vagrantKey, "");
        MachinesFile.Of(Scenarios.ThreeAndOne(provider), provider == MachineProvider.Lxc ? "kubepivot-0123" : "debian/bookworm64", ["containerd", "runc"], TimeSpan.FromMinutes(5)).Save(paths);

        var result = await EvaluateAsync(provider.VagrantName(), paths.MachinesFile);

        result.ThrowOnFailure();
        Golden.Matches("Machines", $"vagrantfile-{provider.VagrantName()}", result.StandardOutput);
    }

    [Fact]
    public async Task Without_machines_json_it_says_what_to_run()
    {
        var result = await EvaluateAsync("lxc", Path.Combine(folder, "nothing.json"));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("nothing.json is not there yet", result.StandardError);
        Assert.Contains("./build.sh VagrantUp", result.StandardError);
    }

    private async Task<CommandResult> EvaluateAsync(string provider, string machinesFile)
    {
        Assert.SkipWhen(LocalCommand.Find("ruby") == null, "ruby, which comes with vagrant, is not installed");
        var checkout = Scenarios.Checkout;
        return await LocalCommand.RunAsync(
            "ruby",
            [Path.Combine(checkout.Root, "tests", "KubePivot.Tests", "Machines", "vagrantfile.rb"), checkout.Vagrantfile, provider],
            environment: new Dictionary<string, string?> { ["KUBEPIVOT_MACHINES"] = machinesFile, ["STATE"] = Path.Combine(folder, ".cluster") },
            cancellationToken: TestContext.Current.CancellationToken);
    }
}
