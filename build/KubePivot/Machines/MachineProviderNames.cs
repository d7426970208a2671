using KubePivot.Configuration;

namespace KubePivot.Machines;

/// <summary>The names that Vagrant gives to its providers.</summary>
public static class MachineProviderNames
{
    private static readonly (MachineProvider Provider, string Name)[] Names =
    [
        (MachineProvider.Virtualbox, "virtualbox"),
        (MachineProvider.VmwareDesktop, "vmware_desktop"),
        (MachineProvider.Parallels, "parallels"),
        (MachineProvider.Libvirt, "libvirt"),
        (MachineProvider.Hyperv, "hyperv"),
        (MachineProvider.Lxc, "lxc"),
        (MachineProvider.Existing, "existing"),
        (MachineProvider.Auto, "auto"),
    ];

    /// <summary>As in <c>--provider=vmware_desktop</c> and in cluster.yaml.</summary>
    public static string VagrantName(this MachineProvider provider) => Names.First(pair => pair.Provider == provider).Name;

    /// <summary>The provider of a name, or null if there is none of that name.</summary>
    public static MachineProvider? Parse(string name) =>
        Names.Where(pair => pair.Name == name).Select(pair => (MachineProvider?)pair.Provider).FirstOrDefault();
}
