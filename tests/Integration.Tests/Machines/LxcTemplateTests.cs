using KubePivot.Commands;
using KubePivot.Machines;

namespace Integration.Tests.Machines;

/// <summary>The box's template at work under lxc-create, with a box of a few files.</summary>
public sealed class LxcTemplateTests : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-test-").FullName;
    private readonly LxcFolder lxc = new();

    private string Fingerprint => Path.GetFileName(folder);

    private string Base => Path.Combine(LxcBases.Folder, Fingerprint);

    private string[] Machines => [$"{Fingerprint}-a", $"{Fingerprint}-b"];

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in Machines.Where(machine => Directory.Exists(lxc.FolderOf(machine))))
        {
            await LocalCommand.RunAsync("lxc-destroy", ["--force", "--name", machine]);
        }

        await LocalCommand.RunAsync("rm", ["-rf", folder, Base, $"{Base}.partial", $"{Base}.lock"]);
    }

    [Fact]
    public async Task Machines_share_what_does_not_change_and_own_what_does()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && LocalCommand.Find("lxc-create") != null, "making a container needs root and lxc");
        await MakeBoxAsync();

        await Task.WhenAll(Machines.Select(CreateAsync));

        Assert.All(Machines, machine => Assert.True(lxc.Exists(machine)));
        Assert.All(Machines, machine => Assert.False(File.Exists(LxcEvidence.CreateLog(machine))));
        Assert.Equal(2, Machines.SelectMany(lxc.HostKeyLines).Where(line => line.StartsWith("ssh-ed25519", StringComparison.Ordinal)).Distinct().Count());
        Assert.True(lxc.AnyConfigurationMentions("kubepivot/"));

        // A layer is one file for all; a database is each machine's own.
        Assert.Single(await InodesAsync("layer"));
        Assert.Equal(2, (await InodesAsync("meta.db")).Count);
        Assert.All(Machines, machine => Assert.Equal("database", File.ReadAllText(InContainerd(machine, "meta.db"))));
    }

    [Fact]
    public async Task A_box_that_cannot_be_unpacked_leaves_no_machine_and_says_why()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && LocalCommand.Find("lxc-create") != null, "making a container needs root and lxc");
        await MakeBoxAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, "rootfs.tar.gz"), "no archive");

        var result = await TryCreateAsync(Machines[0]);

        Assert.False(result.Succeeded);
        Assert.False(lxc.Exists(Machines[0]));
        Assert.False(Directory.Exists(Base));
        Assert.Contains("tar:", await File.ReadAllTextAsync(LxcEvidence.CreateLog(Machines[0])));
        File.Delete(LxcEvidence.CreateLog(Machines[0]));
    }

    private async Task MakeBoxAsync()
    {
        var containerd = Directory.CreateDirectory(Path.Combine(folder, "rootfs", "var", "lib", "containerd")).FullName;
        await File.WriteAllTextAsync(Path.Combine(containerd, "layer"), "layer");
        await File.WriteAllTextAsync(Path.Combine(containerd, "meta.db"), "database");
        await File.WriteAllTextAsync(Path.Combine(folder, "lxc-config"), "lxc.include = /usr/share/lxc/config/common.conf\n");
        await File.WriteAllTextAsync(Template, LxcTemplate.Text);
        File.SetUnixFileMode(Template, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (await LocalCommand.RunAsync("tar", ["-C", folder, "-czf", Path.Combine(folder, "rootfs.tar.gz"), "./rootfs"])).ThrowOnFailure();
    }

    private string Template => Path.Combine(folder, LxcTemplate.FileName);

    private async Task CreateAsync(string machine) => (await TryCreateAsync(machine)).ThrowOnFailure();

    private Task<CommandResult> TryCreateAsync(string machine) => LocalCommand.RunAsync(
        "lxc-create",
        ["-B", "dir", "--template", Template, "--name", machine, "--", "--fingerprint", Fingerprint, "--tarball", Path.Combine(folder, "rootfs.tar.gz"), "--config", Path.Combine(folder, "lxc-config")],
        cancellationToken: TestContext.Current.CancellationToken);

    private string InContainerd(string machine, string file) => Path.Combine(lxc.FolderOf(machine), "volumes", "containerd", file);

    private async Task<HashSet<string>> InodesAsync(string file)
    {
        var stat = await LocalCommand.RunAsync("stat", ["--format", "%i", .. Machines.Select(machine => InContainerd(machine, file))]);
        return [.. stat.ThrowOnFailure().StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
