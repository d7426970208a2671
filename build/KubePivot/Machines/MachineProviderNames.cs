using KubePivot.Configuration;

namespace KubePivot.Machines;

/// <summary>The names of providers, which are the same for Vagrant and for cluster.yaml.</summary>
public static class MachineProviderNames
{
    /// <summary>As in <c>--provider=vmware_desktop</c>.</summary>
    public static string VagrantName(this MachineProvider provider) => Choices.Provider.NameOf(provider);

    /// <summary>The provider of a name, or null if there is none of that name.</summary>
    public static MachineProvider? Parse(string name) => Choices.Provider.TryParse(name, out var provider) ? provider : null;
}
