using KubePivot;
using KubePivot.Configuration;
using KubePivot.Stages;

namespace Integration.Tests.Machines;

/// <summary>A cluster of one master whose state lies in a folder of the test's own; its names and addresses follow from that folder.</summary>
internal static class TestCluster
{
    public static string CheckoutRoot { get; } = KubePivot.Integration.Tests.Bootkube.NodeProgram.Checkout;

    public static Cluster In(string folder, MachineProvider provider = MachineProvider.Lxc)
    {
        var file = Path.Combine(folder, "cluster.yaml");
        File.WriteAllText(file, "name: kptest\nnodes:\n  - { name: master01, role: master, bootstrap: true }\n");
        return new Cluster(ClusterFile.Load(file), file, provider);
    }

    public static StageContext ContextIn(string folder) => new()
    {
        Cluster = In(folder),
        Paths = new ClusterPaths(folder),
        Reporter = new KubePivot.Integration.Tests.Kubernetes.RecordedLines(),
        Timeout = TimeSpan.FromSeconds(30),
        CancellationToken = TestContext.Current.CancellationToken,
    };
}
