namespace KubePivot.Configuration;

/// <summary>The values that cluster.yaml, environment and command line may name, each list in one place.</summary>
public static class Choices
{
    public static Choice<NodeRole> Role { get; } = new(("master", NodeRole.Master), ("worker", NodeRole.Worker));

    public static Choice<CniKind> Cni { get; } = new(("auto", CniKind.Auto), ("flannel", CniKind.Flannel), ("bridge", CniKind.Bridge));

    public static Choice<DashboardKind> Dashboard { get; } = new(("headlamp", DashboardKind.Headlamp), ("kubernetes-dashboard", DashboardKind.KubernetesDashboard));

    public static Choice<KubernetesSource> Source { get; } = new(
        ("auto", KubernetesSource.Auto),
        ("upstream", KubernetesSource.Upstream),
        ("debian", KubernetesSource.Debian),
        ("bundle", KubernetesSource.Bundle));

    public static Choice<MachineProvider> Provider { get; } = new(
        ("auto", MachineProvider.Auto),
        ("virtualbox", MachineProvider.Virtualbox),
        ("libvirt", MachineProvider.Libvirt),
        ("vmware_desktop", MachineProvider.VmwareDesktop),
        ("parallels", MachineProvider.Parallels),
        ("hyperv", MachineProvider.Hyperv),
        ("lxc", MachineProvider.Lxc),
        ("existing", MachineProvider.Existing));

    public static Choice<KeyAlgorithm> KeyAlgorithm { get; } = new(
        ("ecdsa-p256", Configuration.KeyAlgorithm.EcdsaP256),
        ("rsa-2048", Configuration.KeyAlgorithm.Rsa2048),
        ("rsa-4096", Configuration.KeyAlgorithm.Rsa4096));

    public static Choice<string> Addon { get; } = new([.. KnownAddons.All.Select(name => (name, name))]);
}

/// <summary>A closed list of named values.</summary>
/// <remarks>Names and values lie in arrays of their own: every start reads them, and generic code over pairs would be compiled then.</remarks>
public sealed class Choice<T>
    where T : notnull
{
    private readonly string[] names;
    private readonly T[] values;

    public Choice(params (string Name, T Value)[] pairs)
    {
        (names, values) = (new string[pairs.Length], new T[pairs.Length]);
        for (var index = 0; index < pairs.Length; index++)
        {
            (names[index], values[index]) = pairs[index];
        }
    }

    public IReadOnlyList<string> Names => names;

    /// <summary>The name of a value as users write it: <c>vmware_desktop</c>.</summary>
    public string NameOf(T value) => names[Array.IndexOf(values, value)];

    public bool TryParse(string name, out T value)
    {
        var index = Array.IndexOf(names, name);
        value = values[Math.Max(index, 0)];
        return index >= 0;
    }

    /// <summary>The value of a name.</summary>
    /// <param name="path">Where the name was given, for the message: <c>--provider</c>, <c>machines.provider</c>.</param>
    /// <exception cref="InvalidInputException">There is no such name: lists the choices and the nearest.</exception>
    public T Parse(string path, string name) =>
        TryParse(name, out var value) ? value : throw new InvalidInputException("Invalid value:", [ProblemOf(path, name)]);

    internal Problem ProblemOf(string path, string name) =>
        new(path, name, $"must be one of {string.Join(", ", Names)}{Nearest.Hint(name, Names)}");
}
