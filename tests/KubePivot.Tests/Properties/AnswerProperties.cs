using System.Text;
using KubePivot.HostPackages;
using KubePivot.Images;
using KubePivot.Kubernetes;
using KubePivot.Machines;
using KubePivot.Nodes;
using KubePivot.Preflight;
using KubePivot.Ssh;

namespace KubePivot.Tests.Properties;

/// <summary>What nodes, programs and servers answer, damaged on the way or never meant for us.</summary>
public class AnswerProperties
{
    private const string Look = "== stat\n644|root:root|regular file|etc/a\n== sha256\n0a  etc/a\n== applied\nfile /etc/a kubelet.service\nrestart kubelet.service\nreload\n== payload\nabc\n\n== units\nId=kubelet.service\nLoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=1\n\nId=etcd.service\n== kubelet\nHTTP/1.0 200 OK\n== etcd\n== end\n";

    private const string Observation = "== clock\n1795812345.6\n== hostname\nm\n== cpus\n2\n== memory\nMemTotal: 2023984 kB\n== swaps\nF\n/dev/sda2 x\n== disk\n1 2 /\n== routes\neth0 00000000 0103460A 0003 0 0 0 00000000\n== addresses\n7: eth0 inet 10.70.3.11/24\n== listeners\n6443|a|1|b\n== cgroups\ncgroup2fs\ncpu\n== end\n";

    [Fact]
    public void A_damaged_look_at_a_node_breaks_off_or_is_read() => Property.Holds(Mutations.OfTexts(Look), 600, text => ReadOrBroken(() => Assert.NotNull(NodeState.Parse(text).Units)));

    [Fact]
    public void A_damaged_observation_breaks_off_or_is_read() => Property.Holds(Mutations.OfTexts(Observation), 600, text => ReadOrBroken(() => Assert.NotNull(NodeObservation.Parse(text).Routes)));

    [Fact]
    public void A_damaged_state_of_bootkube_breaks_off_or_decides() => Property.Holds(
        Mutations.OfTexts("ActiveState=active\nResult=success\nLoadState=loaded\nDone=yes\nAssets=a\nAppliedAssets=a\nApi=ok\nSince=1\nCursor=s=1;i=2\nEnd=yes\n"), 600, text => ReadOrBroken(() => BootkubeDecision.Of(BootkubeState.Parse(text))));

    [Fact]
    public void A_damaged_record_of_what_was_applied_is_read_and_says_the_same_when_it_is_written_again() => Property.Holds(
        Mutations.OfTexts("file /etc/a kubelet.service etcd.service\nfile /etc/b\nrestart kubelet.service\nreload\n"), 600, text =>
        {
            var lines = AppliedRecord.Parse(text.Split('\n')).Lines().ToList();

            Assert.Equal(lines, AppliedRecord.Parse(lines).Lines());
        });

    [Fact]
    public void Any_line_of_a_journal_is_a_message() => Property.Holds(
        Mutations.OfTexts("""{"__CURSOR":"s=1;i=2","MESSAGE":"started"}""", """{"MESSAGE":[72,105,255],"__CURSOR":"c"}""", "-- No entries --", "[1]", "1", "null", "\"a\""), 900, line => Assert.NotNull(UnitJournal.Parse(line).Message));

    [Fact]
    public void Any_line_of_Vagrant_says_something_or_nothing() => Property.Holds(
        Mutations.OfTexts("==> master01: Importing…", "    master01: SSH address: 10.70.3.11:22", "\u001b[1mProgress: 10%\rProgress: 20%"), 600, line => Assert.NotNull(VagrantLine.Parse(line).Text));

    [Fact]
    public void Any_list_of_checksums_tells_one_or_none() => Property.Holds(
        Mutations.OfTexts(new string('a', 64), $"{new string('b', 64)}  kubelet\n{new string('c', 64)} *bin/kubectl\n"), 600, text => Assert.Matches("^([0-9a-f]{64})?$", PublishedChecksum.Find(text, "kubectl") ?? ""));

    [Fact]
    public void Any_name_of_an_image_is_none_or_says_the_same_when_it_is_written_again() => Property.Holds(
        Mutations.OfTexts("registry.example:5000/team/app:1.2@sha256:0a", "registry.k8s.io/pause:3.10", "localhost/a"), 900, text =>
        {
            if (ImageReference.TryParse(text) is { } image)
            {
                Assert.Equal(image, ImageReference.TryParse(image.ToString()));
            }
        });

    [Fact]
    public void Any_resolv_conf_names_servers_that_machines_can_reach_or_none() => Property.Holds(
        Mutations.OfTexts("# comment\nnameserver 192.168.1.1\nnameserver 127.0.0.53\nsearch a.example\noptions ndots:5\n"), 600, text => Assert.NotEqual("", Resolvers.Of([text])));

    [Fact]
    public void Any_routing_table_is_read() => Property.Holds(
        Mutations.OfTexts("Iface\tDestination\nflannel.1\t000B020A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\n"), 600, text => Assert.NotNull(Route.Parse(text.Split('\n'))));

    [Fact]
    public void Any_duration_is_taken_or_refused() => Property.Holds(Mutations.OfTexts("24h", "30m", "7d"), 600, text => Property.IsTakenOrRefused(() => TokenDuration.Parse("--token-duration", text)));

    [Fact]
    public void Any_sources_of_apt_are_turned_or_refused() => Property.Holds(
        Mutations.OfBytes(Encoding.UTF8.GetBytes("Types: deb\nURIs: http://deb.debian.org/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /usr/share/keyrings/a.gpg\n\nTypes: deb\nURIs: http://a\nSuites: trixie\nComponents: main\n")), 250, bytes =>
        {
            using var folder = new TemporaryFolder();
            folder.Write("sources.list.d/debian.sources", bytes);
            folder.Write("sources.list", [.. "deb [arch=amd64 signed-by=/a] http://b bookworm main\n"u8, .. bytes]);

            Property.IsTakenOrRefused(() => Assert.NotEmpty(DebianSources.Deb822("deb", folder.Path)));
            Assert.NotNull(DebianSources.Hosts(folder.Path));
        });

    private static void ReadOrBroken(Action read)
    {
        try
        {
            read();
        }
        catch (FormatException)
        {
            // The caller says which node it was.
        }
    }
}
