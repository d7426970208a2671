using System.Collections.Concurrent;
using System.Globalization;
using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Tests.Assets;

/// <summary>Every supported release, with every add-on: what is rendered for it is what it serves and takes.</summary>
public class EveryReleaseTests
{
    private static readonly ConcurrentDictionary<(string Release, DashboardKind Dashboard), Lazy<RenderedCluster>> Rendered = new();

    public static TheoryData<string, DashboardKind> Releases { get; } = new(
        from release in Scenarios.Catalogue.Releases
        from dashboard in Enum.GetValues<DashboardKind>()
        select new TheoryDataRow<string, DashboardKind>(release, dashboard));

    [Theory]
    [MemberData(nameof(Releases))]
    public void Every_add_on_of_the_article_is_installed(string release, DashboardKind dashboard)
    {
        var rendered = Render(release, dashboard);
        Assert.Empty(rendered.LeftOut);
        Assert.Subset(
            rendered.Assets.Select(file => file.Path).ToHashSet(),
            KnownAddons.All.Select(addon => $"manifests/{addon}.yaml").ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Every_object_has_an_API_version_that_the_release_serves(string release, DashboardKind dashboard)
    {
        foreach (var found in Manifests.Objects(Render(release, dashboard)))
        {
            var (api, kind) = (Manifests.Text(found, "apiVersion"), Manifests.Text(found, "kind"));
            Assert.Null(Scenarios.Catalogue.Apis.WhyNot(release, api, kind));
            Assert.True(!api.Contains("alpha", StringComparison.Ordinal) && (!api.Contains("beta", StringComparison.Ordinal) || Scenarios.Catalogue.Apis.Knows(api, kind)), $"{api} {kind} is not stable, and releases.yaml does not say who serves it");
        }
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Every_option_is_one_that_the_release_takes(string release, DashboardKind dashboard)
    {
        var rendered = Render(release, dashboard);
        var version = MinorOf(release);
        var commands = Manifests.Objects(rendered).Select(Manifests.PodOf).OfType<YamlDotNet.RepresentationModel.YamlMappingNode>()
            .SelectMany(pod => Manifests.Items(pod, "containers")).Select(container => Manifests.Texts(container, "command").ToList())
            .Concat(rendered.Nodes.Values.Select(KubeletCommand))
            .Where(command => command.Count > 0 && KnownOptions.Programs.Contains(Path.GetFileName(command[0]))).ToList();

        // Two of each component of the control plane, kube-proxy, and a kubelet for each of four nodes.
        Assert.Equal(11, commands.Count);
        Assert.Empty(commands.SelectMany(command => command.Skip(1).Select(argument => KnownOptions.WhyNot(version, Path.GetFileName(command[0]), argument))).OfType<string>().Distinct());
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Every_field_of_the_kubelets_configuration_is_one_that_the_release_knows(string release, DashboardKind dashboard)
    {
        foreach (var tree in Render(release, dashboard).Nodes.Values)
        {
            var configuration = Manifests.Documents(tree.Single(file => file.Path == "etc/kubernetes/kubelet.yaml").Content).Single();
            var fields = configuration.Children.Keys.Select(key => key.ToString()).Where(field => field is not ("apiVersion" or "kind"));
            Assert.Empty(fields.Select(field => KnownOptions.WhyNotField(MinorOf(release), field)).OfType<string>());
        }
    }

    [Theory]
    [InlineData("v1.22.17", true, false)]
    [InlineData("v1.23.17", false, true)]
    [InlineData("v1.37.1", false, true)]
    public void Masters_and_they_alone_register_with_their_taint(string release, bool byOption, bool byFile)
    {
        foreach (var (node, tree) in Render(release).Nodes)
        {
            var master = node.StartsWith("master", StringComparison.Ordinal);
            Assert.Equal(master && byOption, KubeletCommand(tree).Any(argument => argument.StartsWith("--register-with-taints=", StringComparison.Ordinal)));
            Assert.Equal(master && byFile, tree.Single(file => file.Path == "etc/kubernetes/kubelet.yaml").Content.Contains("registerWithTaints", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("v1.32.13", "iptables")]
    [InlineData("v1.33.0", "nftables")]
    public void The_packet_filter_is_nftables_where_the_release_knows_it(string release, string mode) =>
        Assert.Contains($"--proxy-mode={mode}\n", Render(release).Assets.Single(file => file.Path == "manifests/kube-proxy.yaml").Content, StringComparison.Ordinal);

    /// <summary>Renders a release once for all tests that look at it.</summary>
    private static RenderedCluster Render(string release, DashboardKind dashboard = DashboardKind.Headlamp) => Rendered.GetOrAdd((release, dashboard), asked => new(() => RenderedCluster.Render(
        Scenarios.Checkout, Scenarios.Catalogue, Scenarios.With(spec => spec with { Dashboard = asked.Dashboard }), new KubernetesRelease(asked.Release, KubernetesSource.Upstream), Scenarios.FakePki))).Value;

    private static List<string> KubeletCommand(IReadOnlyList<RenderedFile> tree)
    {
        var unit = tree.Single(file => file.Path == "etc/systemd/system/kubelet.service").Content.Replace("\\\n", "", StringComparison.Ordinal);
        return [.. unit.Split('\n').Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static Version MinorOf(string release) => new(1, int.Parse(release.Split('.')[1], CultureInfo.InvariantCulture));
}
