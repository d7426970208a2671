using Bootkube.Applying;
using Bootkube.Assets;
using KubePivot;

namespace Bootkube.Tests;

public sealed class ManifestReaderTests
{
    private readonly List<Problem> problems = [];

    [Fact]
    public void Each_document_is_an_object_with_its_own_text_and_empty_ones_are_passed_over()
    {
        var found = Read("""
            ---
            # only a comment
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: a, namespace: b }
            data:
              text: |
                --- not a separator, for it is indented
            --- # the next
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: { name: c }
            """);

        Assert.Empty(problems);
        Assert.Equal(["ConfigMap b/a", "DaemonSet c"], found.Select(manifest => manifest.Title));
        Assert.Equal(["", "apps"], found.Select(manifest => manifest.Group));
        Assert.Contains("--- not a separator", found[0].Text);
    }

    [Fact]
    public void Broken_YAML_is_told_with_its_line_and_without_its_content()
    {
        Read("apiVersion: v1\nkind: Secret\ndata:\n  password: [topsecret\n");

        Assert.Matches("^manifests/a.yaml:[45]: is not well-formed YAML$", Assert.Single(problems).ToString());
    }

    [Theory]
    [InlineData("{ kind: A }", "an object needs apiVersion and kind")]
    [InlineData("[ 1 ]", "an object needs apiVersion and kind")]
    [InlineData("{ apiVersion: v1, kind: A, metadata: {} }", "a A needs metadata.name")]
    [InlineData("{ apiVersion: v1, kind: List, items: [] }", "write the items of a List as documents of their own, separated by ---")]
    public void What_is_no_object_is_told_with_file_and_line(string text, string rule)
    {
        Read(text);

        Assert.Equal($"manifests/a.yaml:1: {rule}", Assert.Single(problems).ToString());
    }

    [Fact]
    public void Namespaces_come_first_then_definitions_then_what_workloads_need_then_workloads()
    {
        string[] kinds = ["Deployment", "Widget", "Secret", "CustomResourceDefinition", "Pod", "Namespace"];

        var waves = ManifestOrder.Waves(kinds.Select(kind => new Manifest("a", "v1", kind, null, "x", "")));

        Assert.Equal(
            ["Namespace", "CustomResourceDefinition", "Widget Secret", "Deployment Pod"],
            waves.Select(wave => string.Join(' ', wave.Select(manifest => manifest.Kind))));
    }

    private List<Manifest> Read(string text) => [.. ManifestReader.Read("manifests/a.yaml", text, problems)];
}
