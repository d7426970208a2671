using KubePivot.Configuration;
using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class ImageDownloadTests
{
    private static readonly string[] Images = ["registry.k8s.io/pause:3.10", "ghcr.io/flannel-io/flannel:v0.28.9", "registry.k8s.io/kube-proxy:v1.37.1"];

    [Fact]
    public void Each_registry_has_its_mirrors_in_order_and_itself_last()
    {
        var registries = new RegistriesSpec
        {
            Mirrors = new Dictionary<string, IReadOnlyList<string>> { ["registry.k8s.io"] = ["https://one.example:5000", "https://two.example/v2/k8s/"] },
        };

        Assert.Equal(
            """
            unqualified-search-registries = []

            [[registry]]
            prefix = "ghcr.io"
            location = "ghcr.io"
            insecure = false

            [[registry]]
            prefix = "registry.k8s.io"
            location = "registry.k8s.io"
            insecure = false

            [[registry.mirror]]
            location = "one.example:5000"
            insecure = false

            [[registry.mirror]]
            location = "two.example/k8s"
            insecure = false

            """,
            ImageDownload.RegistriesConfiguration(registries, Images));
    }

    [Fact]
    public void Where_only_mirrors_are_allowed_the_last_of_them_stands_in_for_the_registry()
    {
        var registries = new RegistriesSpec
        {
            MirrorsOnly = true,
            Mirrors = new Dictionary<string, IReadOnlyList<string>> { ["*"] = ["https://one.example", "https://two.example"] },
        };

        var text = ImageDownload.RegistriesConfiguration(registries, ["registry.k8s.io/pause:3.10"]);

        Assert.EndsWith("prefix = \"registry.k8s.io\"\nlocation = \"two.example\"\ninsecure = false\n\n[[registry.mirror]]\nlocation = \"one.example\"\ninsecure = false\n", text, StringComparison.Ordinal);
    }
}
