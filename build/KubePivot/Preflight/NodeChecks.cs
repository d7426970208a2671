using System.Globalization;
using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Preflight;

/// <summary>Judges the nodes. Pure: a function of what was seen.</summary>
/// <param name="brought">Programs that the build will bring, by their names.</param>
public sealed class NodeChecks(Cluster cluster, KubernetesRelease release, IReadOnlyCollection<string> brought)
{
    /// <summary>Etcd and leases take clocks for one: beyond this many seconds leaders change without need, and tokens are refused.</summary>
    private const double MaximumSkew = 2;

    /// <summary>For what a node gets, and for its pods.</summary>
    private const int FreshNodeMib = 2048;

    /// <summary>For a node that has all: below it, files can no longer be replaced.</summary>
    private const int FullMib = 200;

    /// <summary>What somebody started by hand over SSH belongs to it; it must not be stopped for that.</summary>
    private const string SshUnit = "ssh.service";

    private const int FewInodes = 5000;

    private static readonly string[] ControllersV1 = ["cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"];

    private static readonly string[] ControllersV2 = ["cpu", "cpuset", "memory", "pids"];

    private bool IsLxc => cluster.Provider == MachineProvider.Lxc;

    /// <summary>Everything that is wrong with nodes, each for itself and among each other.</summary>
    public IReadOnlyList<Finding> All(IReadOnlyList<(Node Node, NodeObservation Seen)> nodes) =>
    [
        .. nodes.OrderBy(node => node.Node.Name, StringComparer.Ordinal).SelectMany(node => Of(node.Node, node.Seen)),
        .. Clocks(nodes), .. Twins(nodes),
    ];

    private IReadOnlyList<Finding> Of(Node node, NodeObservation seen) =>
    [
        .. Size(node, seen), .. Disks(node, seen), .. Identity(node, seen), .. System(node, seen), .. Ports(node, seen), .. Programs(node, seen), .. Network(node, seen),
        .. SystemChecks.Cgroups(node.Name, seen.CgroupVersion, release),

        // A container shows its host's, of which Preflight has told.
        .. IsLxc ? [] : SystemChecks.Swap(node.Name, seen.Swaps),
    ];

    private static IEnumerable<Finding> Size(Node node, NodeObservation seen)
    {
        if (node.IsMaster && seen.Cpus < SystemChecks.MinimumCpus)
        {
            yield return new Finding(CheckNames.NumCpu, node.Name, $"has {seen.Cpus} CPU", $"{SystemChecks.MinimumCpus} or more, kubeadm's minimum for a master", "Give the machine more (machines.cpus in cluster.yaml where Vagrant makes it)");
        }

        if (node.IsMaster && seen.MemoryMib < SystemChecks.MinimumMasterMib)
        {
            yield return new Finding(
                CheckNames.Mem, node.Name, $"has {seen.MemoryMib} MiB of memory", $"{SystemChecks.MinimumMasterMib} MiB or more, kubeadm's minimum for a master, which runs etcd and the control plane", "Give the machine more (machines.memoryMib in cluster.yaml where Vagrant makes it)");
        }
    }

    private static IEnumerable<Finding> Disks(Node node, NodeObservation seen)
    {
        var needed = seen.HasPayload ? FullMib : FreshNodeMib;
        return
        [
            .. seen.Disks.Where(disk => disk.FreeMib < needed).Select(disk => new Finding(
                CheckNames.Disk, node.Name, $"has {disk.FreeMib} MiB free on {disk.MountPoint}", $"{needed} MiB or more{(seen.HasPayload ? "" : ", for Kubernetes' programs and images, etcd and pods")}", "Make room there (df -h shows the file systems), or give the machine a larger disk")),
            .. seen.Disks.Where(disk => disk.FreeInodes < FewInodes).Select(disk => new Finding(
                CheckNames.Disk, node.Name, $"has {disk.FreeInodes} inodes free on {disk.MountPoint}", $"{FewInodes} or more: images are many small files", "Remove small files there (df -i shows the file systems)")),
        ];
    }

    private IEnumerable<Finding> Identity(Node node, NodeObservation seen)
    {
        if (seen.Hostname.Split('.')[0] != node.Name)
        {
            yield return new Finding(
                CheckNames.Hostname, node.Name, $"calls itself '{seen.Hostname}'", $"its name in cluster.yaml, by which logs and people find it; Kubernetes itself is told '{node.Name}'", $"hostnamectl set-hostname {node.Name}") { IsWarning = true };
        }

        if (!seen.Addresses.Contains(node.Address))
        {
            yield return new Finding(
                CheckNames.NodeAddress,
                node.Name,
                $"has the addresses {string.Join(", ", seen.Addresses)}",
                $"{node.Address} among them, under which etcd and kubelet listen and all others reach it",
                cluster.Provider == MachineProvider.Existing ? "Name the machine's own address in cluster.yaml (an address that is only forwarded to it will not do)" : "Start the machine anew: ./build.sh VagrantUp --force");
        }
    }

    private IEnumerable<Finding> System(Node node, NodeObservation seen)
    {
        if (!seen.HasSystemd)
        {
            yield return new Finding(CheckNames.SystemVerification, node.Name, "is not run by systemd", "systemd, whose units kubelet and etcd are", "Take a Debian 11 or later that is booted, or make the machine anew");
        }

        var missing = (seen.CgroupVersion == 2 ? ControllersV2 : ControllersV1).Except(seen.CgroupControllers).ToList();
        if (missing.Count > 0)
        {
            yield return new Finding(
                CheckNames.SystemVerification, node.Name, $"has no control group{(missing.Count == 1 ? "" : "s")} for {string.Join(", ", missing)}", "them, which keep pods to their CPUs and memory", "Turn them on on the kernel's command line, as in cgroup_enable=memory, and boot");
        }

        // A container's modules are loaded by its host when they are first needed.
        var modules = IsLxc ? [] : Modules().Except(seen.Modules).ToList();
        if (modules.Count > 0)
        {
            yield return new Finding(
                CheckNames.SystemVerification, node.Name, $"has no kernel module {string.Join(", ", modules)}", "it: overlay for images, br_netfilter and vxlan for the pods' network", $"apt-get install linux-image-{(Images.KubernetesArtifacts.Architecture)}, and boot");
        }
    }

    private IEnumerable<string> Modules() => cluster.Spec.Network.Cni == CniKind.Bridge ? ["overlay", "br_netfilter"] : ["overlay", "br_netfilter", "vxlan"];

    /// <summary>A port may be taken by whom it is for: by a unit of ours, which is replaced, or, where we have been before, by a pod.</summary>
    private static IEnumerable<Finding> Ports(Node node, NodeObservation seen) =>
        from port in NodePorts.All
        where port.IsOn(node)
        from listener in seen.Listeners.Where(listener => listener.Port == port.Number && !(listener.Process == port.Program && (seen.IsOurs || listener.Unit == $"{port.Program}.service"))).Take(1)
        let who = listener.Process.Length == 0 ? "a process that it does not name" : $"{listener.Process} (process {listener.Pid}{(listener.Unit.Length == 0 ? "" : $", {listener.Unit}")})"
        select new Finding(
            CheckNames.Port(port.Number), node.Name, $"has port {port.Number} taken by {who}", $"the port free for {FullName(port.Program)}", $"{(listener.Unit.Length == 0 || listener.Unit == SshUnit ? "End it" : $"systemctl disable --now {listener.Unit}")}, or let it listen elsewhere");

    private static string FullName(string process) => process == "kube-controller" ? "kube-controller-manager" : process;

    private IEnumerable<Finding> Programs(Node node, NodeObservation seen) =>
        from program in NodePrograms.All
        where (node.IsMaster || !program.MastersOnly) && !seen.Programs.Contains(program.Name) && !brought.Contains(program.Name)
        select new Finding(
            CheckNames.Program(program.Name), node.Name, $"has no program {program.Name}", program.IsOptional ? "it, for what few pods ask" : "it on the PATH of root", $"apt-get install {program.Package}") { IsWarning = program.IsOptional };

    private IEnumerable<Finding> Network(Node node, NodeObservation seen)
    {
        var foreign = seen.Routes.Where(route => !seen.IsOurs || !(route.Interface is "cni0" or "flannel.1" || LeadsToANode(route))).ToList();
        return
        [
            .. RangeChecks.Routes(CheckNames.PodsCidr, node.Name, "network.podCidr", cluster.PodNetwork, foreign),
            .. RangeChecks.Routes(CheckNames.ServicesCidr, node.Name, "network.serviceCidr", cluster.ServiceNetwork, foreign),

            // A container's are its host's, of which Preflight has told.
            .. IsLxc ? [] : RangeChecks.NameServers(node.Name, cluster, seen.NameServers),
            .. seen.UnresolvedNames.Select(name => new Finding(
                CheckNames.NameResolution, node.Name, $"does not find {name}", "an address of it, for images are pulled from there", "Look at /etc/resolv.conf there and the way to its name servers; name a mirror (registries.mirrors) or a proxy in cluster.yaml, or use a bundle")),
        ];
    }

    /// <summary>Also to one that has left the cluster file: its route goes when CopyAssets has been here.</summary>
    private bool LeadsToANode(Route route) => route.Gateway is { } gateway
        && (cluster.Nodes.Any(node => node.Address == gateway.ToString())
            || (cluster.NodeNetwork.Contains(gateway) && gateway.ToString() != cluster.Gateway));

    private static IEnumerable<Finding> Clocks(IReadOnlyList<(Node Node, NodeObservation Seen)> nodes)
    {
        const string Remedy = "Let a time service set the clocks (timedatectl set-ntp true, or chrony)";
        var measured = nodes.Where(node => node.Seen.Offset != null).Select(node => (node.Node.Name, Offset: node.Seen.Offset!)).OrderBy(node => node.Offset.Seconds).ToList();
        var wrong = measured.Where(node => node.Offset.AtLeast > MaximumSkew).ToList();
        foreach (var (name, offset) in wrong)
        {
            yield return new Finding(
                CheckNames.ClockSkew, name, $"has a clock that is {Words(offset.Seconds)} s {(offset.Seconds < 0 ? "behind" : "ahead of")} this host's", $"at most {MaximumSkew:0} s: certificates and leases hold by the clock", Remedy);
        }

        var right = measured.Except(wrong).ToList();
        if (right.Count > 1 && right[^1].Offset.Seconds - right[0].Offset.Seconds - right[^1].Offset.Uncertainty - right[0].Offset.Uncertainty > MaximumSkew)
        {
            yield return new Finding(
                CheckNames.ClockSkew, right[^1].Name, $"has a clock that is {Words(right[^1].Offset.Seconds - right[0].Offset.Seconds)} s ahead of {right[0].Name}'s", $"at most {MaximumSkew:0} s: certificates and leases hold by the clock", Remedy);
        }
    }

    /// <summary>Machines that are copies of each other.</summary>
    private static IEnumerable<Finding> Twins(IReadOnlyList<(Node Node, NodeObservation Seen)> nodes) =>
        from twins in nodes.Where(node => node.Seen.MachineId.Length > 0).GroupBy(node => node.Seen.MachineId, StringComparer.Ordinal)
        where twins.Count() > 1
        select new Finding(
            CheckNames.MachineId,
            twins.Last().Node.Name,
            $"has the /etc/machine-id of {string.Join(", ", twins.SkipLast(1).Select(twin => twin.Node.Name))}",
            "one of its own, for services tell machines apart by it",
            "On the copy: rm /etc/machine-id && systemd-machine-id-setup, and boot") { IsWarning = true };

    private static string Words(double seconds) => Math.Abs(seconds).ToString(Math.Abs(seconds) < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
