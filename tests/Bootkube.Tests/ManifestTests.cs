using Bootkube.Assets;

namespace Bootkube.Tests;

public class ManifestTests
{
    [Fact]
    public void An_update_names_the_version_that_it_replaces_and_keeps_the_meaning_of_all_else()
    {
        var manifest = new Manifest("manifests/a.yaml", "v1", "ConfigMap", null, "a", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  flag: \"true\"\n  number: '12'\n  text: |\n    two\n    lines\n");

        var text = manifest.TextOf("0123");

        Assert.Contains("resourceVersion: \"0123\"", text, StringComparison.Ordinal);
        Assert.Contains("flag: \"true\"", text, StringComparison.Ordinal);
        Assert.Contains("number: '12'", text, StringComparison.Ordinal);
        var read = Assert.Single(ManifestReader.Read("manifests/a.yaml", text, []));
        Assert.Equal((manifest.ApiVersion, manifest.Kind, manifest.Name), (read.ApiVersion, read.Kind, read.Name));
    }
}
