using System.Globalization;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Pki;
using KubePivot.Tests.Assets;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Tests.Security;

/// <summary>Every row of the table that says "passed" holds for what is rendered; what concerns files on nodes is looked at by the end-to-end test.</summary>
public class CisBenchmarkTests
{
    private static readonly IReadOnlyList<CisCheck> Table = CisBenchmark.Load(Scenarios.Checkout.Root);

    /// <summary>Numbers of checks in the sections of v1.12.</summary>
    private static readonly (string Section, int Checks)[] Sections =
        [("1.1", 21), ("1.2", 30), ("1.3", 7), ("1.4", 2), ("2", 7), ("3.1", 3), ("3.2", 2), ("4.1", 10), ("4.2", 14), ("4.3", 1)];

    private static readonly Dictionary<string, RenderedCluster> Rendered = new[] { Scenarios.Debian, new KubernetesRelease("v1.28.15", KubernetesSource.Upstream), Scenarios.Upstream }.ToDictionary(
        release => release.Version, release => RenderedCluster.Render(Scenarios.Checkout, Scenarios.Catalogue, Scenarios.ThreeAndOne(), release, Scenarios.FakePki));

    public static TheoryData<string, string> Passed { get; } = new(
        from release in Rendered.Keys
        from check in Table
        where check.NotPassed.Length == 0 && !check.Kinds.Any(kind => kind is "files" or "no-files") && (check.Since.Length == 0 || Minor(release) >= Minor(check.Since))
        select new TheoryDataRow<string, string>(release, check.Id));

    [Fact]
    public void Every_check_of_the_benchmark_is_there_once_and_in_its_order() => Assert.Equal(
        Sections.SelectMany(section => Enumerable.Range(1, section.Checks).Select(number => string.Create(CultureInfo.InvariantCulture, $"{section.Section}.{number}"))),
        Table.Select(check => check.Id));

    [Fact]
    public void Every_check_is_either_passed_in_one_way_or_not_passed_for_a_reason() => Assert.All(Table, check =>
    {
        Assert.NotEmpty(check.Asks);
        var kind = Assert.Single(check.Kinds);
        Assert.Contains(kind, (string[])["options", "among", "not-among", "without", "etcd", "kubelet", "encryption", "authorities", "files", "no-files", "not-passed"]);
        Assert.True(kind != "not-passed" || check.NotPassed.Length > 20);
    });

    [Theory]
    [MemberData(nameof(Passed))]
    public void What_is_said_to_be_passed_is(string release, string id)
    {
        var (rendered, check) = (Rendered[release], Table.Single(row => row.Id == id));
        foreach (var (program, options) in check.Below("options"))
        {
            Assert.All(Commands(rendered, program), command => Assert.Subset(command.ToHashSet(), CisCheck.Texts(options).Select(option => $"--{option}").ToHashSet()));
        }

        foreach (var (program, options) in check.Below("without"))
        {
            Assert.All(Commands(rendered, program), command => Assert.DoesNotContain(CisCheck.Texts(options), option => ValueOf(command, option) != null));
        }

        AssertAmong(rendered, check.Below("among"), (values, wanted) => Assert.Subset(values, wanted));
        AssertAmong(rendered, check.Below("not-among"), (values, unwanted) => Assert.Empty(values.Intersect(unwanted)));
        AssertFields(rendered, "etc/etcd/etcd.yaml", check.Below("etcd"));
        AssertFields(rendered, "etc/kubernetes/kubelet.yaml", check.Below("kubelet"));
        AssertEncryption(rendered, check.Text("encryption"));
        AssertApart(check.List("authorities"));
    }

    [Fact]
    public void The_README_tells_how_many_are_passed_and_why_the_others_are_not()
    {
        var readme = File.ReadAllText(Path.Combine(Scenarios.Checkout.Root, "README.md"));
        var open = Table.Where(check => check.NotPassed.Length > 0).ToList();

        Assert.Contains($"{Table.Count - open.Count} of {Table.Count}", readme, StringComparison.Ordinal);
        Assert.All(open, check => Assert.Matches($@"(?m)^\| [^|\n]*\b{check.Id.Replace(".", @"\.", StringComparison.Ordinal)}\b[^|\n]*\|", readme));
    }

    [Fact]
    public void The_temporary_API_server_refuses_whatever_the_self_hosted_one_refuses()
    {
        string[] differ = ["--advertise-address=", "--endpoint-reconciler-type=", "--secure-port=", "--shutdown-delay-duration="];
        Assert.All(Rendered.Values, rendered =>
        {
            var kinds = Commands(rendered, "kube-apiserver").Select(command => command.Where(argument => !differ.Any(other => argument.StartsWith(other, StringComparison.Ordinal)))).ToList();
            Assert.Equal(2, kinds.Count);
            Assert.Equal(kinds[0], kinds[1]);
        });
    }

    private static void AssertAmong(RenderedCluster rendered, IReadOnlyDictionary<string, YamlNode> programs, Action<HashSet<string>, HashSet<string>> compare)
    {
        foreach (var (program, options) in programs)
        {
            foreach (var (option, values) in ((YamlMappingNode)options).Children)
            {
                Assert.All(Commands(rendered, program), command => compare([.. ValueOf(command, option.ToString())?.Split(',') ?? []], [.. CisCheck.Texts(values)]));
            }
        }
    }

    /// <summary>Fields of a configuration file, on every node that has it; a list's items joined by commas.</summary>
    private static void AssertFields(RenderedCluster rendered, string path, IReadOnlyDictionary<string, YamlNode> fields)
    {
        var files = rendered.Nodes.Values.SelectMany(tree => tree).Where(file => file.Path == path).ToList();
        Assert.NotEmpty(files);
        foreach (var (field, value) in fields)
        {
            Assert.All(files, file => Assert.Equal(value.ToString(), Manifests.Find(Manifests.Documents(file.Content).Single(), field.Split('.')) switch
            {
                YamlSequenceNode list => string.Join(',', list),
                var node => node?.ToString() ?? "",
            }));
        }
    }

    private static void AssertEncryption(RenderedCluster rendered, string provider)
    {
        if (provider.Length > 0)
        {
            var config = Manifests.Documents(rendered.Assets.Single(file => file.Path == "tls/encryption-config.yaml").Content).Single();
            Assert.Equal(provider, Manifests.Items(Assert.Single(Manifests.Items(config, "resources")), "providers").First().Children.Keys.Single().ToString());
        }
    }

    private static void AssertApart(IReadOnlyList<string> authorities)
    {
        var table = ClusterCertificates.Of(Scenarios.ThreeAndOne());
        Assert.Equal(authorities, table.Where(spec => authorities.Contains(spec.Name) && spec.IsAuthority).Select(spec => spec.Name));
        Assert.Equal(authorities.Count, table.Where(spec => authorities.Contains(spec.Name)).Select(spec => $"{spec.Subject}").Distinct().Count());
    }

    private static List<List<string>> Commands(RenderedCluster rendered, string program)
    {
        var commands = Manifests.Objects(rendered).Select(Manifests.PodOf).OfType<YamlMappingNode>().SelectMany(pod => Manifests.Items(pod, "containers"))
            .Select(container => Manifests.Texts(container, "command").ToList()).Where(command => command.Count > 0 && Path.GetFileName(command[0]) == program).ToList();
        Assert.NotEmpty(commands);
        return commands;
    }

    private static string? ValueOf(IEnumerable<string> command, string option) =>
        command.Where(argument => argument == $"--{option}" || argument.StartsWith($"--{option}=", StringComparison.Ordinal)).Select(argument => argument[(option.Length + 2)..].TrimStart('=')).FirstOrDefault();

    private static int Minor(string release) => int.Parse(release.Split('.')[1], CultureInfo.InvariantCulture);
}
