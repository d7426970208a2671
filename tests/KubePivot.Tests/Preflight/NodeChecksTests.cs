using System.Net;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Preflight;

namespace KubePivot.Tests.Preflight;

public class NodeChecksTests
{
    private static readonly Cluster Cluster = new(
        ClusterFile.Parse("network: { nodeCidr: 10.99.1.0/24 }", "cluster.yaml"), "/c/cluster.yaml", MachineProvider.Existing);

    private static readonly KubernetesRelease Release = new("v1.36.2", KubernetesSource.Upstream);

    private static Node Master => Cluster.Node("master01");

    private static NodeObservation Good(string node) => new()
    {
        Hostname = node,
        MachineId = node,
        HasSystemd = true,
        Cpus = 2,
        MemoryMib = 1976,
        Disks = [new("/", 20000, 1000000)],
        Addresses = ["127.0.0.1", Cluster.Node(node).Address],
        Routes = [new(IPNetwork.Parse("0.0.0.0/0"), IPAddress.Parse("10.99.1.1"), "eth0"), new(IPNetwork.Parse("10.99.1.0/24"), null, "eth0")],
        Listeners = [new(22, "sshd", "1", "ssh.service")],
        CgroupVersion = 2,
        CgroupControllers = ["cpuset", "cpu", "io", "memory", "pids"],
        Modules = ["overlay", "br_netfilter", "vxlan"],
        Programs = [.. NodePrograms.All.Select(program => program.Name)],
        Offset = new ClockOffset(0.1, 0.05),
    };

    private static IReadOnlyList<Finding> Judge(params (string Node, NodeObservation Seen)[] nodes) =>
        new NodeChecks(Cluster, Release, []).All([.. nodes.Select(node => (Cluster.Node(node.Node), node.Seen))]);

    private static Finding TheOne(NodeObservation seen, string node = "master01") => Assert.Single(Judge((node, seen)));

    [Fact]
    public void Good_nodes_have_no_findings() => Assert.Empty(Judge([.. Cluster.Nodes.Select(node => (node.Name, Good(node.Name)))]));

    [Fact]
    public void A_master_needs_what_kubeadm_asks_for_and_a_worker_less()
    {
        var small = Good("master01") with { Cpus = 1, MemoryMib = 1699 };

        Assert.Equal(["NumCPU", "Mem"], Judge(("master01", small)).Select(finding => finding.Check));
        Assert.Empty(Judge(("worker01", Good("worker01") with { Cpus = 1, MemoryMib = 1024 })));
    }

    [Fact]
    public void A_message_has_name_place_observation_expectation_and_remedy() => Assert.Equal(
        "[ERROR Mem] master01 has 1024 MiB of memory; expected 1700 MiB or more, kubeadm's minimum for a master, which runs etcd and the control plane. Give the machine more (machines.memoryMib in cluster.yaml where Vagrant makes it)",
        TheOne(Good("master01") with { MemoryMib = 1024 }).ToString());

    [Theory]
    [InlineData(6443, "nginx", "nginx.service", false, true)]
    [InlineData(6443, "kube-apiserver", "", false, true)]
    [InlineData(6443, "kube-apiserver", "", true, false)]
    [InlineData(10257, "kube-controller", "", true, false)]
    [InlineData(10250, "kubelet", "kubelet.service", false, false)]
    [InlineData(2379, "etcd", "etcd.service", false, false)]
    [InlineData(2379, "etcd", "", false, true)]
    [InlineData(7443, "haproxy", "haproxy.service", true, false)]
    [InlineData(7443, "", "", true, true)]
    [InlineData(8080, "nginx", "", false, false)]
    [InlineData(6444, "nginx", "", false, false)] // No port of this master: the temporary API server runs on another.
    public void A_port_may_be_taken_by_whom_it_is_for_and_nobody_else(int port, string process, string unit, bool ours, bool refused)
    {
        var found = Judge(("master01", Good("master01") with { IsOurs = ours, Listeners = [new Listener(port, process, "812", unit)] }));

        Assert.Equal(refused ? [$"Port-{port}"] : [], found.Select(finding => finding.Check));
    }

    [Fact]
    public void Who_has_a_port_is_named_with_the_way_to_free_it()
    {
        var finding = TheOne(Good("worker01") with { Listeners = [new(10250, "node_exporter", "812", "node_exporter.service")] }, "worker01");

        Assert.Equal("has port 10250 taken by node_exporter (process 812, node_exporter.service)", finding.Observed);
        Assert.StartsWith("systemctl disable --now node_exporter.service", finding.Remedy);
    }

    [Theory]
    [InlineData(2.3, 0.05, "has a clock that is 2.3 s ahead of this host's")]
    [InlineData(-3600, 0.05, "has a clock that is 3600 s behind this host's")]
    [InlineData(2.3, 0.5, null)] // The answer took a second: it may be 1.8 s.
    [InlineData(-1.9, 0.01, null)]
    public void A_clock_may_differ_from_the_hosts_by_two_seconds(double offset, double uncertainty, string? observed)
    {
        var found = Judge(("master01", Good("master01") with { Offset = new ClockOffset(offset, uncertainty) }));

        Assert.Equal(observed == null ? [] : [observed], found.Select(finding => finding.Observed));
    }

    [Fact]
    public void Two_clocks_may_differ_from_each_other_by_two_seconds()
    {
        var ahead = Good("master01") with { Offset = new ClockOffset(1.5, 0.05) };

        var finding = Assert.Single(Judge(("master01", ahead), ("master02", Good("master02") with { Offset = new ClockOffset(-1.4, 0.05) }), ("master03", Good("master03"))));

        Assert.Equal(("ClockSkew", "master01", "has a clock that is 2.9 s ahead of master02's"), (finding.Check, finding.Where, finding.Observed));
    }

    [Fact]
    public void An_address_that_is_only_forwarded_is_refused()
    {
        var finding = TheOne(Good("master01") with { Addresses = ["10.0.2.15"] });

        Assert.Equal((CheckNames.NodeAddress, "has the addresses 10.0.2.15"), (finding.Check, finding.Observed));
    }

    [Theory]
    [InlineData("10.2.11.0/24", "cni0", null, true, 0)]
    [InlineData("10.2.12.0/24", "eth0", "10.99.1.12", true, 0)]
    [InlineData("10.2.12.0/24", "eth0", "10.99.1.12", false, 1)]
    [InlineData("10.2.12.0/24", "eth1", "192.168.1.1", true, 1)]
    [InlineData("10.2.102.0/24", "eth0", "10.99.1.102", true, 0)]
    [InlineData("10.2.102.0/24", "eth0", "10.99.1.1", true, 1)]
    public void Routes_to_pods_are_the_clusters_own_where_it_has_been(string network, string link, string? gateway, bool ours, int errors)
    {
        var seen = Good("master01") with { IsOurs = ours, Routes = [new Route(IPNetwork.Parse(network), gateway == null ? null : IPAddress.Parse(gateway), link)] };

        Assert.Equal(errors, Judge(("master01", seen)).Count(finding => finding is { Check: "CIDR-Pods", IsWarning: false, IsInput: true }));
    }

    [Fact]
    public void A_node_that_is_to_hold_Kubernetes_needs_more_room_than_one_that_does()
    {
        var seen = Good("master01") with { Disks = [new("/", 1000, null)] };

        Assert.Equal((CheckNames.Disk, "has 1000 MiB free on /"), TheOne(seen) is var finding ? (finding.Check, finding.Observed) : default);
        Assert.Empty(Judge(("master01", seen with { HasPayload = true })));
        Assert.Equal("has 20 inodes free on /var", TheOne(seen with { Disks = [new("/var", 9000, 20)] }).Observed);
    }

    [Fact]
    public void Programs_that_the_build_brings_need_not_be_there()
    {
        var seen = Good("worker01") with { Programs = [] };
        var found = new NodeChecks(Cluster, Release, ["containerd", "runc"]).All([(Cluster.Node("worker01"), seen)]);

        Assert.DoesNotContain("FileExisting-containerd", found.Select(finding => finding.Check));
        Assert.DoesNotContain("FileExisting-etcd", found.Select(finding => finding.Check));
        Assert.Equal((false, "apt-get install conntrack"), found.Where(finding => finding.Check == "FileExisting-conntrack").Select(finding => (finding.IsWarning, finding.Remedy)).Single());
        Assert.True(found.Single(finding => finding.Check == "FileExisting-socat").IsWarning);
    }

    [Fact]
    public void The_kernel_must_have_what_pods_need()
    {
        var found = Judge(("master01", Good("master01") with { HasSystemd = false, CgroupVersion = 1, CgroupControllers = ["cpu", "cpuacct", "cpuset", "devices", "freezer", "pids"], Modules = ["br_netfilter"] }));

        Assert.Equal(
            [("SystemVerification", "is not run by systemd"), ("SystemVerification", "has no control group for memory"), ("SystemVerification", "has no kernel module overlay, vxlan"), ("CgroupVersion", "has version 1 of control groups")],
            found.Select(finding => (finding.Check, finding.Observed)));
    }

    [Fact]
    public void Copies_of_a_machine_and_other_names_are_told()
    {
        var found = Judge(("master01", Good("master01")), ("master02", Good("master02") with { Hostname = "debian", MachineId = "master01" }));

        Assert.Equal([("Hostname", true), ("MachineID", true)], found.Select(finding => (finding.Check, finding.IsWarning)));
    }

    [Fact]
    public void Names_of_registries_must_be_found() =>
        Assert.Equal("does not find registry.k8s.io", TheOne(Good("master01") with { UnresolvedNames = ["registry.k8s.io"] }).Observed);
}
