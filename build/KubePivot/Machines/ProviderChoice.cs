using KubePivot.Configuration;

namespace KubePivot.Machines;

/// <summary>The provider in use, and why.</summary>
/// <param name="Provider">Never <see cref="MachineProvider.Auto"/>.</param>
/// <param name="Reason">For people, as in <c>the first of virtualbox, …, lxc that can be used here</c>.</param>
public sealed record ProviderChoice(MachineProvider Provider, string Reason)
{
    /// <summary>The order in which <c>auto</c> asks: hypervisors before containers, which share the host's kernel.</summary>
    public static IReadOnlyList<MachineProvider> Order { get; } =
    [
        MachineProvider.Virtualbox, MachineProvider.VmwareDesktop, MachineProvider.Parallels, MachineProvider.Libvirt, MachineProvider.Hyperv, MachineProvider.Lxc,
    ];

    /// <summary>Chooses the provider; pure but for the probes, which are asked one by one until one can be used.</summary>
    /// <param name="requested">From cluster.yaml or the command line.</param>
    /// <param name="madeWith">Provider of the machines that are there already: <c>auto</c> stays with it until Destroy; null: there are none.</param>
    /// <param name="vagrantDefault">Value of VAGRANT_DEFAULT_PROVIDER, or null.</param>
    /// <exception cref="InvalidInputException"><c>auto</c> finds none, or VAGRANT_DEFAULT_PROVIDER names none of ours: with what each lacks.</exception>
    public static ProviderChoice Of(
        MachineProvider requested, MachineProvider? madeWith, string? vagrantDefault, Func<MachineProvider, ProviderProbe> probe)
    {
        if (requested != MachineProvider.Auto)
        {
            return new(requested, "as asked for");
        }

        if (madeWith is { } present)
        {
            return new(present, "its machines are there already");
        }

        IEnumerable<MachineProvider> candidates = Order;
        if (!string.IsNullOrEmpty(vagrantDefault))
        {
            var named = MachineProviderNames.Parse(vagrantDefault) is { } provider && Order.Contains(provider)
                ? provider
                : throw new InvalidInputException(
                    "The provider cannot be chosen:",
                    [new Problem("VAGRANT_DEFAULT_PROVIDER", vagrantDefault, $"expected one of {NamesOf(Order)}; or unset it, or name one with --provider")]);
            candidates = [named, .. Order.Where(other => other != named)];
        }

        var obstacles = new List<Problem>();
        foreach (var candidate in candidates)
        {
            if (probe(candidate).Obstacle is not { } obstacle)
            {
                return new(candidate, obstacles.Count == 0 ? "the first choice" : $"the first that can be used here, after {string.Join(", ", obstacles.Select(problem => problem.Path))}");
            }

            obstacles.Add(new Problem(candidate.VagrantName(), null, obstacle));
        }

        throw new InvalidInputException("No provider can be used on this host. One of these is needed:", obstacles);
    }

    /// <summary>Chooses the provider of the cluster in a checkout, looking at this host. Takes milliseconds.</summary>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static ProviderChoice Here(MachineProvider requested, ClusterPaths paths) => Of(
        requested,
        MachinesFile.LoadIfPresent(paths) is { } file ? MachineProviderNames.Parse(file.Provider) : null,
        Environment.GetEnvironmentVariable("VAGRANT_DEFAULT_PROVIDER"),
        new HostProbe().Probe);

    private static string NamesOf(IEnumerable<MachineProvider> providers) => string.Join(", ", providers.Select(provider => provider.VagrantName()));
}
