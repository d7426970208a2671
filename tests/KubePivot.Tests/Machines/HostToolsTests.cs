using KubePivot.Configuration;
using KubePivot.Machines;

namespace KubePivot.Tests.Machines;

public class HostToolsTests
{
    [Fact]
    public void A_fresh_machine_lacks_everything_for_lxc() => Assert.Equal(
        ["iptables", "lxc", "sudo", "vagrant", "vagrant-lxc"],
        HostTools.MissingPackages(MachineProvider.Lxc, program => program is "flock" or "ip" or "ssh-keygen", _ => false));

    [Fact]
    public void Other_providers_need_only_Vagrant() =>
        Assert.Equal(["vagrant"], HostTools.MissingPackages(MachineProvider.Virtualbox, _ => false, _ => false));

    [Fact]
    public void What_is_there_is_not_installed() => Assert.Empty(HostTools.MissingPackages(MachineProvider.Lxc, _ => true, _ => true));

    [Fact]
    public void The_plugin_alone_may_be_missing() =>
        Assert.Equal(["vagrant-lxc"], HostTools.MissingPackages(MachineProvider.Lxc, _ => true, _ => false));
}
