using KubePivot.Configuration;
using KubePivot.Machines;

namespace KubePivot.Tests.Machines;

public class ProviderChoiceTests
{
    public static TheoryData<string, string?, MachineProvider> Table { get; } = new()
    {
        // usable here, VAGRANT_DEFAULT_PROVIDER, chosen
        { "lxc", null, MachineProvider.Lxc },
        { "lxc", "", MachineProvider.Lxc },
        { "libvirt lxc", null, MachineProvider.Libvirt },
        { "libvirt lxc", "lxc", MachineProvider.Lxc },
        { "hyperv lxc", null, MachineProvider.Hyperv },
        { "parallels libvirt", null, MachineProvider.Parallels },
        { "vmware_desktop parallels", null, MachineProvider.VmwareDesktop },
        { "virtualbox vmware_desktop parallels libvirt hyperv lxc", null, MachineProvider.Virtualbox },
        { "virtualbox vmware_desktop parallels libvirt hyperv lxc", "hyperv", MachineProvider.Hyperv },
        // The named one cannot be used here: the usual order goes on.
        { "libvirt lxc", "virtualbox", MachineProvider.Libvirt },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Auto_takes_the_first_that_can_be_used(string usable, string? vagrantDefault, MachineProvider expected) =>
        Assert.Equal(expected, ProviderChoice.Of(MachineProvider.Auto, null, vagrantDefault, Usable(usable)).Provider);

    [Fact]
    public void Auto_stays_with_the_provider_whose_machines_are_there() =>
        Assert.Equal(MachineProvider.Lxc, ProviderChoice.Of(MachineProvider.Auto, MachineProvider.Lxc, "virtualbox", Usable("virtualbox lxc")).Provider);

    [Fact]
    public void A_named_provider_is_not_doubted() =>
        Assert.Equal(MachineProvider.Parallels, ProviderChoice.Of(MachineProvider.Parallels, MachineProvider.Lxc, "lxc", Usable("lxc")).Provider);

    [Fact]
    public void Without_any_the_error_lists_how_to_get_one()
    {
        var exception = Assert.Throws<InvalidInputException>(() => ProviderChoice.Of(MachineProvider.Auto, null, null, Usable("")));

        Assert.Equal(["virtualbox", "vmware_desktop", "parallels", "libvirt", "hyperv", "lxc"], exception.Problems.Select(problem => problem.Path));
        Assert.Contains("virtualbox: get virtualbox", exception.Message);
    }

    [Theory]
    [InlineData("docker")]
    [InlineData("auto")]
    [InlineData("existing")]
    public void A_default_provider_that_is_none_of_ours_is_an_error(string vagrantDefault)
    {
        var exception = Assert.Throws<InvalidInputException>(() => ProviderChoice.Of(MachineProvider.Auto, null, vagrantDefault, Usable("lxc")));

        Assert.Contains($"VAGRANT_DEFAULT_PROVIDER '{vagrantDefault}': expected one of virtualbox, vmware_desktop, parallels, libvirt, hyperv, lxc", exception.Message);
    }

    [Fact]
    public void The_choice_says_why() =>
        Assert.Equal("the first that can be used here, after virtualbox, vmware_desktop, parallels", ProviderChoice.Of(MachineProvider.Auto, null, null, Usable("libvirt")).Reason);

    private static Func<MachineProvider, ProviderProbe> Usable(string names) => provider =>
        names.Split(' ').Contains(provider.VagrantName()) ? ProviderProbe.Usable : new ProviderProbe($"get {provider.VagrantName()}");
}
