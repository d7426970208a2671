using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class SourceChoiceTests
{
    private static readonly ReleaseCatalogue Catalogue = ReleaseCatalogue.Load(new ClusterPaths(Root()));

    [Theory]
    [InlineData(KubernetesSource.Auto)]
    [InlineData(KubernetesSource.Debian)]
    public void Debian_gives_the_release_that_its_source_package_holds(KubernetesSource requested)
    {
        var choice = SourceChoice.Of(requested, null, Catalogue);

        Assert.Equal("v1.20.2 from debian", choice.Release.ToString());
        Assert.NotEmpty(choice.Reason);
    }

    [Fact]
    public void A_version_that_debian_has_not_is_refused_with_the_one_it_has()
    {
        var refused = Assert.Throws<InvalidInputException>(() => SourceChoice.Of(KubernetesSource.Debian, "v1.31.0", Catalogue));

        Assert.Contains("kubernetes.version 'v1.31.0': source debian supplies v1.20.2", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KubernetesSource.Upstream)]
    [InlineData(KubernetesSource.Bundle)]
    public void A_source_that_is_not_supplied_yet_is_refused_by_name(KubernetesSource requested)
    {
        var refused = Assert.Throws<InvalidInputException>(() => SourceChoice.Of(requested, null, Catalogue));

        Assert.Contains("choose debian or auto", refused.Message, StringComparison.Ordinal);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "build.sh")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
