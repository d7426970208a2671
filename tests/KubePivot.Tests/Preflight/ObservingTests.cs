using System.Net;
using KubePivot.Preflight;
using KubePivot.Stages;

namespace KubePivot.Tests.Preflight;

public class ObservingTests
{
    private const string Answer = """
        == clock
        1795812345.678901
        == hostname
        master01
        == machine-id
        3c1089aef41b
        == known
        applied
        systemd
        == cpus
        2
        == memory
        MemTotal:        2023984 kB
        MemAvailable:    1500000 kB
        == swaps
        Filename				Type		Size		Used		Priority
        /dev/sda2                               partition	1000444		0		-2
        == disk
        20971520 1000 /
        20971520 1000 /
        1048576 - /var
        == routes
        Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
        eth0	00000000	0103460A	0003	0	0	0	00000000	0	0	0
        cni0	000B020A	00000000	0001	0	0	0	00FFFFFF	0	0	0
        == addresses
        1: lo    inet 127.0.0.1/8 scope host lo\       valid_lft forever preferred_lft forever
        7: eth0    inet 10.70.3.11/24 brd 10.70.3.255 scope global eth0\       valid_lft forever preferred_lft forever
        == resolvers
        # comment
        nameserver 192.168.1.1
        == listeners
        6443|kube-apiserver|901|
        22|sshd|77|ssh.service
        53|||
        == cgroups
        tmpfs
        cpu
        memory
        == modules
        overlay
        == programs
        tar
        == unresolved
        registry.k8s.io
        == end

        """;

    [Fact]
    public void An_answer_is_read()
    {
        var seen = NodeObservation.Parse(Answer);

        Assert.Equal((1795812345.678901, "master01", "3c1089aef41b", true, false, true), (seen.Clock, seen.Hostname, seen.MachineId, seen.IsOurs, seen.HasPayload, seen.HasSystemd));
        Assert.Equal((2, 1976L, "/dev/sda2"), (seen.Cpus, seen.MemoryMib, Assert.Single(seen.Swaps)));
        Assert.Equal([new FreeSpace("/", 20480, 1000), new FreeSpace("/var", 1024, null)], seen.Disks);
        Assert.Equal(["0.0.0.0/0 via 10.70.3.1 on eth0", "10.2.11.0/24 on cni0"], seen.Routes.Select(route => route.ToString()));
        Assert.Equal(["127.0.0.1", "10.70.3.11"], seen.Addresses);
        Assert.Equal(["192.168.1.1"], seen.NameServers);
        Assert.Equal([new Listener(6443, "kube-apiserver", "901", ""), new Listener(22, "sshd", "77", "ssh.service"), new Listener(53, "", "", "")], seen.Listeners);
        Assert.Equal((1, "cpu memory", "overlay", "tar", "registry.k8s.io"), (seen.CgroupVersion, string.Join(' ', seen.CgroupControllers), seen.Modules[0], seen.Programs[0], seen.UnresolvedNames[0]));
    }

    [Fact]
    public void An_answer_that_breaks_off_is_none() => Assert.Throws<FormatException>(() => NodeObservation.Parse(Answer[..^8]));

    [Fact]
    public void A_clock_is_compared_with_the_middle_between_question_and_answer()
    {
        var asked = DateTimeOffset.FromUnixTimeSeconds(1000);

        var offset = ClockOffset.Between(1003, asked, asked.AddSeconds(2));

        Assert.Equal((2.0, 1.0, 1.0), (offset.Seconds, offset.Uncertainty, offset.AtLeast));
    }

    [Theory]
    [InlineData("10.70.3.10", true)]
    [InlineData("10.70.0.0/16", true)]
    [InlineData("a.example, *", true)]
    [InlineData("10.70.3.10:7443", true)]
    [InlineData("10.70.3.1,10.71.0.0/16,.example", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Exceptions_from_the_proxy_are_read_as_kubectl_reads_them(string? exceptions, bool covered) =>
        Assert.Equal(covered, ProxyExceptions.Cover(exceptions, IPAddress.Parse("10.70.3.10")));

    [Fact]
    public void Names_of_checks_are_taken_in_any_case_and_all_stands_for_every_one()
    {
        Assert.Equal(["Mem", "Port-6443"], CheckNames.Parse("--ignore-preflight", ["mem", " PORT-6443 ", ""]).Order());
        Assert.Equal(CheckNames.All, CheckNames.Parse("--ignore-preflight", ["all"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_name_of_no_check_is_misuse_and_the_nearest_is_named()
    {
        var exception = Assert.Throws<InvalidInputException>(() => CheckNames.Parse("--ignore-preflight", ["Swop", "Port-1"]));

        Assert.Equal(["Swop", "Port-1"], exception.Problems.Select(problem => problem.Value));
        Assert.Contains("did you mean 'Swap'?", exception.Message);
    }

    [Fact]
    public void Errors_are_told_all_at_once_and_ignored_ones_are_warnings()
    {
        var reporter = new Warnings();
        Finding[] found = [new("Mem", "master01", "a", "b", "c"), new("Swap", null, "d", "e", "f") { IsWarning = true }, new("Port-6443", "master02", "g", "h", "i") { IsInput = true }];

        var exception = Assert.Throws<StageException>(() => new PreflightReport(reporter, new HashSet<string>()).Tell(found));
        Assert.Throws<InvalidInputException>(() => new PreflightReport(reporter, new HashSet<string> { "Mem" }).Tell(found));
        var warnings = new PreflightReport(reporter, new HashSet<string> { "Mem", "Port-6443" }).Tell(found);

        Assert.Equal(
            ["Preflight found 2 errors; nothing was changed on what was looked at:", "  [ERROR Mem] master01 a; expected b. c", "  [ERROR Port-6443] master02 g; expected h. i", "If you know better: --ignore-preflight Mem,Port-6443 makes warnings of them."],
            exception.Message.Split(Environment.NewLine));
        Assert.Equal(3, warnings);
        Assert.Equal(["[WARNING Mem] master01 a; expected b. c", "[WARNING Swap] this host d; expected e. f", "[WARNING Port-6443] master02 g; expected h. i"], reporter.Told.TakeLast(3));
    }

    private sealed class Warnings : IStageReporter
    {
        public List<string> Told { get; } = [];

        public void Info(string message, string? node = null) => Assert.Fail(message);

        public void Warning(string message, string? node = null) => Told.Add(message);

        public void Detail(string message, string? node = null) => Assert.Fail(message);

        public IDisposable Step(string step, string? node = null) => new MemoryStream();
    }
}
