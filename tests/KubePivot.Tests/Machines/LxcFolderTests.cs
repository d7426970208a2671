using KubePivot.Machines;

namespace KubePivot.Tests.Machines;

public sealed class LxcFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_container_runs_while_its_command_socket_is_there_whose_number_tells_its_starts_apart() => Assert.Equal(
        new Dictionary<string, string> { ["tds-3fa1-master01"] = "94181" },
        LxcFolder.RunningIn(
            [
                "Num       RefCount Protocol Flags    Type St Inode Path",
                "000000000d7c4775: 00000002 00000000 00010000 0001 01 94181 @/var/lib/lxc/tds-3fa1-master01/command",
                "000000000d7c4776: 00000003 00000000 00000000 0001 03 94190 @/var/lib/lxc/tds-3fa1-master01/command",
                "00000000710f30e5: 00000002 00000000 00010000 0001 01 94333 @/srv/lxc/other/command",
                "00000000710f30e6: 00000002 00000000 00010000 0001 01 94334 /run/systemd/notify",
                "00000000710f30e7: 00000002 00000000 00000000 0002 01 94335",
            ],
            "/var/lib/lxc"));

    [Fact]
    public void What_lxc_create_did_not_finish_is_broken()
    {
        Make("whole", "config");
        Make("killed", "config", "partial");
        Make("killed-early");
        var lxc = new LxcFolder(folder);

        Assert.True(lxc.Exists("whole"));
        Assert.True(lxc.IsBroken("killed"));
        Assert.True(lxc.IsBroken("killed-early"));
        Assert.False(lxc.Exists("killed"));
        Assert.False(lxc.IsBroken("never-made"));
    }

    [Fact]
    public void Containers_are_found_by_the_beginning_of_their_names()
    {
        Make("tds-3fa1-master01", "config");
        Make("tds-3fa2-master01", "config");

        Assert.Equal(["tds-3fa1-master01"], new LxcFolder(folder).Containers("tds-3fa1-"));
        Assert.Empty(new LxcFolder(Path.Combine(folder, "nothing")).Containers(""));
    }

    [Theory]
    [InlineData("upper")]
    [InlineData("rootfs")]
    public void Host_keys_are_read_from_the_root_file_system(string root)
    {
        var ssh = Directory.CreateDirectory(Path.Combine(folder, "m", root, "etc", "ssh")).FullName;
        File.WriteAllText(Path.Combine(ssh, "ssh_host_ecdsa_key.pub"), "ecdsa\n");
        File.WriteAllText(Path.Combine(ssh, "ssh_host_ed25519_key.pub"), "ed25519\n");
        File.WriteAllText(Path.Combine(ssh, "ssh_host_ed25519_key"), "private\n");

        Assert.Equal(["ed25519", "ecdsa"], new LxcFolder(folder).HostKeyLines("m"));
    }

    private void Make(string container, params string[] files)
    {
        Directory.CreateDirectory(Path.Combine(folder, container));
        foreach (var file in files)
        {
            File.WriteAllText(Path.Combine(folder, container, file), "");
        }
    }
}
