using System.Net;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Machines;

namespace KubePivot.Preflight;

/// <summary>Judges the build host, and what cluster.yaml asks for of its machines. Pure: a function of what was seen.</summary>
public sealed class HostChecks(Cluster cluster, KubernetesRelease release, HostObservation seen)
{
    /// <summary>Memory of an lxc machine in MiB, as measured: a master some 620, a worker 134.</summary>
    private static (int Master, int Worker) ContainerMib => (700, 200);

    private bool IsLxc => cluster.Provider == MachineProvider.Lxc;

    private bool MakesMachines => cluster.Provider != MachineProvider.Existing;

    private bool MakesVirtualMachines => MakesMachines && !IsLxc;

    private List<Node> NotRunning => [.. cluster.Nodes.Where(node => seen.Machines.GetValueOrDefault(node.Name) != MachineState.Running)];

    /// <summary>Everything that is wrong, errors and warnings.</summary>
    public IReadOnlyList<Finding> All() =>
    [
        .. Provider(), .. Tools(), .. Cpus(), .. Memory(), .. Disks(), .. Ranges(), .. Names(), .. Proxies(),
        .. IsLxc ? SystemChecks.Cgroups(null, seen.CgroupVersion, release) : [],
        .. IsLxc ? SystemChecks.Swap(null, seen.Swaps) : [],
    ];

    private IEnumerable<Finding> Provider()
    {
        if (seen.ProviderObstacle is { } obstacle && NotRunning.Count > 0)
        {
            yield return new Finding(
                CheckNames.Provider, null, $"cannot make machines with provider {cluster.Provider.VagrantName()}", "a provider that can be used", $"To use it, {obstacle}; or choose another with --provider, or auto");
        }
    }

    private IEnumerable<Finding> Tools()
    {
        if (MakesMachines && seen.MissingPackages.Count > 0)
        {
            yield return new Finding(
                CheckNames.Tools, null, $"lacks {string.Join(", ", seen.MissingPackages)}", "what machines are made with; this build installs it only on Debian as root", $"apt-get install {string.Join(' ', seen.MissingPackages)}, or what has these programs here");
        }
    }

    private IEnumerable<Finding> Cpus()
    {
        var enough = $"{SystemChecks.MinimumCpus} or more, kubeadm's minimum for a master";
        if (IsLxc && seen.Cpus < SystemChecks.MinimumCpus)
        {
            yield return new Finding(CheckNames.NumCpu, null, $"has {seen.Cpus} CPU, which lxc machines share", enough, "Take a larger machine");
        }

        if (MakesVirtualMachines && cluster.Spec.Machines.Cpus < SystemChecks.MinimumCpus)
        {
            yield return new Finding(CheckNames.NumCpu, null, $"would make machines of {cluster.Spec.Machines.Cpus} CPU", enough, "Set machines.cpus in cluster.yaml") { IsInput = true };
        }

        if (MakesVirtualMachines && cluster.Spec.Machines.Cpus > seen.Cpus)
        {
            yield return new Finding(
                CheckNames.NumCpu, null, $"has {seen.Cpus} CPUs and would make machines of {cluster.Spec.Machines.Cpus}", "machines with at most as many as their host", "Set machines.cpus in cluster.yaml") { IsInput = true };
        }
    }

    private IEnumerable<Finding> Memory()
    {
        var (count, each) = (NotRunning.Count, cluster.Spec.Machines.MemoryMib);
        if (MakesVirtualMachines && each < SystemChecks.MinimumMasterMib)
        {
            yield return new Finding(
                CheckNames.Mem, null, $"would make machines of {each} MiB of memory", $"{SystemChecks.MinimumMasterMib} MiB or more, kubeadm's minimum for a master", "Set machines.memoryMib in cluster.yaml") { IsInput = true };
        }

        var needed = IsLxc ? NotRunning.Sum(node => node.IsMaster ? ContainerMib.Master : ContainerMib.Worker) : MakesVirtualMachines ? count * each : 0;
        if (needed > seen.AvailableMib)
        {
            yield return new Finding(
                CheckNames.Mem,
                null,
                $"has {seen.AvailableMib} MiB of memory to give",
                $"{needed} MiB for {count} machine{(count == 1 ? "" : "s")} ({(IsLxc ? $"a master takes about {ContainerMib.Master} MiB of the host's, a worker {ContainerMib.Worker}" : $"machines.memoryMib '{each}' each")})",
                "End other programs, or ask for fewer nodes in cluster.yaml");
        }
    }

    /// <summary>Purposes that share a disk must fit onto it together.</summary>
    private IEnumerable<Finding> Disks() =>
        from disk in seen.DiskNeeds.Where(need => need.NeededMib > 0).GroupBy(need => need.Disk)
        let needed = disk.Sum(need => need.NeededMib)
        where needed > disk.First().FreeMib
        select new Finding(
            CheckNames.Disk,
            null,
            $"has {disk.First().FreeMib} MiB free on {disk.Key}",
            $"{needed} MiB: {string.Join(", ", disk.Select(need => $"{need.NeededMib} for {need.Purpose} ({need.Folder})"))}",
            "Make room, or let XDG_CACHE_HOME name a folder on another disk");

    private IEnumerable<Finding> Ranges()
    {
        var routes = seen.Routes.Where(route => route.Interface != cluster.BridgeName && !cluster.NodeNetwork.Equals(route.Network)).ToList();
        var makesNetwork = MakesMachines && seen.Machines.Values.All(state => state == MachineState.Absent);
        return
        [
            .. RangeChecks.Routes(CheckNames.PodsCidr, null, "network.podCidr", cluster.PodNetwork, routes),
            .. RangeChecks.Routes(CheckNames.ServicesCidr, null, "network.serviceCidr", cluster.ServiceNetwork, routes),

            // Machines that are there have a network, which this host has a route to.
            .. makesNetwork ? RangeChecks.Routes(CheckNames.NodesCidr, null, "network.nodeCidr", cluster.NodeNetwork, seen.Routes.Where(route => route.Interface != cluster.BridgeName)) : [],
            .. IsLxc ? RangeChecks.NameServers(null, cluster, seen.NameServers) : [],
        ];
    }

    private IEnumerable<Finding> Names() => seen.UnresolvedNames.Select(name => new Finding(
        CheckNames.NameResolution, null, $"does not find {name.Name} ({name.Why})", $"an address of it, for {name.Purpose}", "Look at /etc/resolv.conf and the way to its name servers; where there is no network, use a bundle (--source bundle)") { IsWarning = !name.IsNeeded });

    private IEnumerable<Finding> Proxies()
    {
        var api = IPAddress.Parse(cluster.VirtualAddress);
        if (seen.Proxy.Https != null && !ProxyExceptions.Cover(seen.Proxy.Exceptions, api))
        {
            yield return new Finding(
                CheckNames.HttpProxy,
                null,
                $"reaches {api}, the API's address, through the proxy of HTTPS_PROXY",
                "a direct way, for proxies know no machines of this host",
                $"Add {cluster.NodeNetwork} to NO_PROXY") { IsWarning = true };
        }

        foreach (var (key, url) in new[] { ("proxy.http", cluster.Spec.Proxy.Http), ("proxy.https", cluster.Spec.Proxy.Https) })
        {
            if (url != null && IPAddress.TryParse(new Uri(url).Host, out var proxy) && (cluster.PodNetwork.Contains(proxy) || cluster.ServiceNetwork.Contains(proxy)))
            {
                yield return new Finding(
                    CheckNames.HttpProxyCidr, null, $"would send nodes to the proxy {url} of {key}, whose address lies in the pods' or services' range", "a proxy outside of both: nodes reach only the cluster's own there", "Choose other ranges or another proxy in cluster.yaml") { IsInput = true };
            }
        }
    }
}
