using System.Net;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Machines;
using KubePivot.Preflight;

namespace KubePivot.Tests.Preflight;

public class HostChecksTests
{
    private static readonly KubernetesRelease Debian = new("v1.20.2", KubernetesSource.Debian);

    private static Cluster ClusterOf(string yaml, MachineProvider provider = MachineProvider.Lxc) => new(ClusterFile.Parse(yaml, "cluster.yaml"), "/c/cluster.yaml", provider);

    private static Dictionary<string, MachineState> All(Cluster cluster, MachineState state) => cluster.Nodes.ToDictionary(node => node.Name, _ => state);

    private static HostObservation Good(Cluster cluster) => new() { Cpus = 4, AvailableMib = 16000, CgroupVersion = 2, Machines = All(cluster, MachineState.Absent) };

    private static Route RouteTo(string network, string link = "eth0") => new(IPNetwork.Parse(network), null, link);

    private static IReadOnlyList<Finding> Judge(Cluster cluster, HostObservation seen, KubernetesRelease? release = null) => new HostChecks(cluster, release ?? Debian, seen).All();

    private static Finding TheOne(Cluster cluster, HostObservation seen, KubernetesRelease? release = null) => Assert.Single(Judge(cluster, seen, release));

    [Fact]
    public void A_good_host_has_no_findings()
    {
        var cluster = ClusterOf("name: tds");

        Assert.Empty(Judge(cluster, Good(cluster)));
    }

    [Fact]
    public void Containers_share_the_hosts_memory_and_those_that_run_have_theirs_already()
    {
        var cluster = ClusterOf("name: tds");
        var seen = Good(cluster) with { AvailableMib = 2000 };

        var finding = TheOne(cluster, seen);

        Assert.Equal("[ERROR Mem] this host has 2000 MiB of memory to give; expected 2300 MiB for 4 machines (a master takes about 700 MiB of the host's, a worker 200). End other programs, or ask for fewer nodes in cluster.yaml", finding.ToString());
        Assert.Empty(Judge(cluster, seen with { Machines = All(cluster, MachineState.Running) }));
    }

    [Fact]
    public void Virtual_machines_take_what_cluster_yaml_gives_them()
    {
        var cluster = ClusterOf("machines: { memoryMib: 4096 }", MachineProvider.Libvirt);

        Assert.Contains("expected 16384 MiB for 4 machines (machines.memoryMib '4096' each)", TheOne(cluster, Good(cluster)).ToString());
    }

    [Theory]
    [InlineData("machines: { memoryMib: 1024 }", "Mem", "would make machines of 1024 MiB")]
    [InlineData("machines: { cpus: 1 }", "NumCPU", "would make machines of 1 CPU")]
    [InlineData("machines: { cpus: 8 }", "NumCPU", "has 4 CPUs and would make machines of 8")]
    [InlineData("proxy: { https: 'http://10.2.0.9:3128' }", "HTTPProxyCIDR", "would send nodes to the proxy http://10.2.0.9:3128 of proxy.https")]
    public void What_cluster_yaml_asks_for_is_invalid_input(string yaml, string check, string observed)
    {
        var cluster = ClusterOf(yaml, MachineProvider.Libvirt);

        var finding = TheOne(cluster, Good(cluster));

        Assert.Equal((check, true, false), (finding.Check, finding.IsInput, finding.IsWarning));
        Assert.StartsWith(observed, finding.Observed);
    }

    [Fact]
    public void One_CPU_is_too_few_for_containers_that_share_it()
    {
        var cluster = ClusterOf("name: tds");

        Assert.Equal(CheckNames.NumCpu, TheOne(cluster, Good(cluster) with { Cpus = 1 }).Check);
    }

    [Fact]
    public void Purposes_on_one_disk_are_added_up()
    {
        var cluster = ClusterOf("name: tds");
        DiskNeed[] needs = [new("/root/.cache", "/", 5000, 3000, "the machines' box"), new("/var/lib/lxc", "/", 5000, 3200, "machines"), new("/data/state", "/data", 5000, 100, "the cluster's state")];

        var finding = TheOne(cluster, Good(cluster) with { DiskNeeds = needs });

        Assert.Equal("has 5000 MiB free on /", finding.Observed);
        Assert.Equal("6200 MiB: 3000 for the machines' box (/root/.cache), 3200 for machines (/var/lib/lxc)", finding.Expected);
        Assert.Empty(Judge(cluster, Good(cluster) with { DiskNeeds = [needs[0], needs[2]] }));
    }

    [Fact]
    public void A_route_into_a_range_of_the_cluster_is_an_error_and_a_wider_one_a_warning()
    {
        var cluster = ClusterOf("network: { nodeCidr: 10.99.1.0/24 }");
        var seen = Good(cluster) with { Routes = [RouteTo("0.0.0.0/0"), RouteTo("172.17.0.0/16", "docker0"), RouteTo("10.2.7.0/24", "tun0"), RouteTo("10.0.0.0/8", "vpn0"), RouteTo("10.99.1.128/25", "br0")] };

        var found = Judge(cluster, seen).Select(finding => (finding.Check, finding.IsWarning, finding.Observed.Contains("vpn0", StringComparison.Ordinal)));

        Assert.Equal(
            [("CIDR-Nodes", false, false), ("CIDR-Nodes", true, true), ("CIDR-Pods", false, false), ("CIDR-Pods", true, true), ("CIDR-Services", true, true)],
            found.Order());
    }

    [Fact]
    public void The_networks_of_machines_that_are_there_are_no_conflict()
    {
        var cluster = ClusterOf("network: { nodeCidr: 10.99.1.0/24 }");

        Assert.Empty(Judge(cluster, Good(cluster) with { Routes = [RouteTo("10.99.1.0/24", cluster.BridgeName)] }));
        Assert.Empty(Judge(cluster, Good(cluster) with { Routes = [RouteTo("10.99.1.0/24", "virbr7")], Machines = All(cluster, MachineState.Stopped) }));
    }

    [Fact]
    public void A_name_server_among_the_pods_addresses_could_not_be_asked()
    {
        var cluster = ClusterOf("name: tds");

        Assert.Equal("asks the name server 10.2.0.53, which lies in network.podCidr '10.2.0.0/16'", TheOne(cluster, Good(cluster) with { NameServers = ["10.2.0.53", "fe80::1", "192.168.1.1"] }).Observed);
    }

    [Fact]
    public void A_name_that_a_proxy_of_apt_may_know_is_a_warning()
    {
        var cluster = ClusterOf("name: tds");
        var seen = Good(cluster) with { UnresolvedNames = [new("dl.k8s.io", "Name or service not known", "downloads of Kubernetes", true), new("deb.debian.org", "no answer within 3 s", "Debian's packages", false)] };

        Assert.Equal([("dl.k8s.io", false), ("deb.debian.org", true)], Judge(cluster, seen).Select(finding => (finding.Observed.Split(' ')[3], finding.IsWarning)));
    }

    [Fact]
    public void The_API_is_not_asked_through_a_proxy()
    {
        var cluster = ClusterOf("network: { nodeCidr: 10.99.1.0/24 }");
        var proxied = Good(cluster) with { Proxy = new("http://proxy:3128", ".example,10.99.0.0/16") };

        Assert.Empty(Judge(cluster, proxied));
        Assert.Equal((CheckNames.HttpProxy, true), TheOne(cluster, proxied with { Proxy = new("http://proxy:3128", "localhost") }) is var finding ? (finding.Check, finding.IsWarning) : default);
    }

    [Fact]
    public void Tools_and_provider_are_named_with_the_way_to_get_them()
    {
        var cluster = ClusterOf("name: tds", MachineProvider.Virtualbox);
        var found = Judge(cluster, Good(cluster) with { ProviderObstacle = "install VirtualBox", MissingPackages = ["vagrant"] });

        Assert.Equal(["Provider", "Tools"], found.Select(finding => finding.Check));
        Assert.Contains("To use it, install VirtualBox; or choose another with --provider", found[0].Remedy);
        Assert.StartsWith("apt-get install vagrant", found[1].Remedy);
    }

    [Theory]
    [InlineData("v1.34.11", 0)]
    [InlineData("v1.35.0", 1)]
    public void Version_1_of_control_groups_is_told_from_the_release_on_that_refuses_it(string version, int warnings)
    {
        var cluster = ClusterOf("name: tds");
        var found = Judge(cluster, Good(cluster) with { CgroupVersion = 1 }, new KubernetesRelease(version, KubernetesSource.Upstream));

        Assert.Equal(warnings, found.Count(finding => finding is { Check: "CgroupVersion", IsWarning: true }));
    }

    [Fact]
    public void Swap_is_told()
    {
        var cluster = ClusterOf("name: tds");

        Assert.Equal("swaps to /dev/sda2", TheOne(cluster, Good(cluster) with { Swaps = ["/dev/sda2"] }).Observed);
    }
}
