using KubePivot.Kubernetes;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Kubernetes;

public sealed class ExpectedObjectsTests
{
    [Fact]
    public async Task Namespaces_and_workloads_come_from_the_rendered_manifests()
    {
        await using var cluster = new FakeCluster();

        var expected = ExpectedObjects.Load(cluster.Paths);

        Assert.Equal(["kube-system", "tds-cloud"], expected.Namespaces.Order());
        Assert.Equal(["DaemonSet kube-system/kube-apiserver", "Deployment kube-system/kube-scheduler"], expected.Workloads.Select(workload => workload.ToString()));
    }

    [Fact]
    public async Task A_manifest_that_is_no_YAML_is_named_with_its_line()
    {
        await using var cluster = new FakeCluster();
        File.WriteAllText(Path.Combine(cluster.Paths.Assets, "manifests", "broken.yaml"), "kind: [\n");

        var failure = Assert.Throws<StageException>(() => ExpectedObjects.Load(cluster.Paths));

        Assert.Contains("broken.yaml:2", failure.Message);
    }
}
