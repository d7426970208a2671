using KubePivot.Assets;
using KubePivot.Images;

namespace KubePivot.Tests.Assets;

public class GoldenFilesTests
{
    public static TheoryData<string> ScenarioNames { get; } = ["3-masters-1-worker", "1-master", "upstream-newest", "closed-network"];

    [Theory]
    [MemberData(nameof(ScenarioNames))]
    public void Every_template_renders_to_its_golden_file(string scenario)
    {
        var rendered = Render(scenario);
        var files = Files(rendered);
        Assert.All(files, file => Golden.Matches($"{scenario}/{file.Key}", file.Value));

        var stale = Directory.GetFiles(Path.Combine(Golden.Folder, scenario), "*.golden", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Path.Combine(Golden.Folder, scenario), file)[..^".golden".Length].Replace('\\', '/')).Except(files.Keys);
        Assert.Empty(stale);
    }

    [Theory]
    [MemberData(nameof(ScenarioNames))]
    public void Rendering_twice_gives_the_same_bytes(string scenario)
    {
        var one = Render(scenario);
        var other = Render(scenario);
        Assert.Equal(Files(one), Files(other));
    }

    [Fact]
    public void Every_template_is_part_of_a_scenario()
    {
        var sources = ScenarioNames.SelectMany(row => Sources(Render(row)));
        var templates = Directory.GetFiles(Scenarios.Checkout.Templates, "*.sbn", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Scenarios.Checkout.Root, file).Replace('\\', '/'));
        Assert.Empty(templates.Except(sources));
    }

    private static RenderedCluster Render(string scenario) => RenderedCluster.Render(
        Scenarios.Checkout,
        Scenarios.Catalogue,
        scenario switch { "1-master" => Scenarios.OneAndNone(), "closed-network" => Scenarios.ClosedNetwork(), _ => Scenarios.ThreeAndOne() },
        scenario is "upstream-newest" or "closed-network" ? Scenarios.Upstream : Scenarios.Debian,
        Scenarios.FakePki,
        scenario == "closed-network" ? Scenarios.FakeRegistryFiles : null);

    private static SortedDictionary<string, string> Files(RenderedCluster rendered)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["kubeconfig"] = rendered.Kubeconfig.Content };
        foreach (var asset in rendered.Assets)
        {
            // Some upstream images are named by the processor of this machine.
            files[$"assets/{asset.Path}"] = asset.Content.Replace($"-{KubernetesArtifacts.Architecture}:", "-{arch}:", StringComparison.Ordinal);
        }

        foreach (var (node, tree) in rendered.Nodes)
        {
            foreach (var file in tree)
            {
                files[$"nodes/{node}/{file.Path}"] = file.Content;
            }
        }

        return files;
    }

    private static IEnumerable<string> Sources(RenderedCluster rendered) =>
        rendered.Assets.Append(rendered.Kubeconfig).Concat(rendered.Nodes.Values.SelectMany(tree => tree)).Select(file => file.Source);
}
