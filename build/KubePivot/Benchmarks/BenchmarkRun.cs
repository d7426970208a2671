using System.Globalization;
using System.Text;
using KubePivot.Configuration;

namespace KubePivot.Benchmarks;

/// <summary>Measures the build on this machine, on a throw-away copy with a throw-away cluster, and leaves neither behind.</summary>
/// <param name="checkout">Root of the checkout that is measured.</param>
/// <param name="tell">Told what is being measured, and each figure as it comes.</param>
public sealed class BenchmarkRun(string checkout, Action<string> tell)
{
    private const int Runs = 5;

    private static readonly int[] NodeCounts = [4, 25, 50, 100];

    private readonly List<Measurement> measurements = [];

    /// <summary>Measures everything; the cluster's figures only where the build host can run machines.</summary>
    /// <param name="cold">Also builds Kubernetes and the box from nothing, in a cache of its own: about ten minutes.</param>
    public async Task<IReadOnlyList<Measurement>> RunAsync(bool cold, string bootkubeBinary, CancellationToken cancellationToken)
    {
        using var build = new MeasuredBuild(checkout);
        await MeasureFilesAsync(build, cancellationToken).ConfigureAwait(false);
        Add(new("node program on disk", new FileInfo(bootkubeBinary).Length / 1048576.0, "MiB", 40));
        if (cold)
        {
            await MeasureColdAsync(build, cancellationToken).ConfigureAwait(false);
        }

        await MeasureClusterAsync(build, cancellationToken).ConfigureAwait(false);
        Add(new("peak memory of the node program, bootstrapping", build.NodeProgramMemoryMib ?? double.NaN, "MiB", 120));
        Add(new("peak memory of the build", build.PeakMemoryMib, "MiB", 250));
        return measurements;
    }

    private async Task MeasureFilesAsync(MeasuredBuild build, CancellationToken cancellationToken)
    {
        string[] both = ["GeneratePki", "RenderAssets"];
        Add(new("GeneratePki + RenderAssets from nothing", await build.MedianAsync(Runs, both, build.Forget, cancellationToken).ConfigureAwait(false), "s", 0.7, Runs));
        Add(new("GeneratePki with nothing to do", await build.MedianAsync(Runs, ["GeneratePki"], null, cancellationToken).ConfigureAwait(false), "s", 0.5, Runs));
        var seconds = new List<double>();
        foreach (var count in NodeCounts)
        {
            File.WriteAllText(Path.Combine(build.Root, "nodes.yaml"), ClusterOf(count));
            seconds.Add(await build.MedianAsync(3, [.. both, "--cluster-file", Path.Combine(build.Root, "nodes.yaml")], build.Forget, cancellationToken).ConfigureAwait(false));
            Add(new($"GeneratePki + RenderAssets, {count} nodes", seconds[^1], "s", null, 3));
        }

        var (first, last) = ((seconds[2] - seconds[0]) / (NodeCounts[2] - NodeCounts[0]), (seconds[3] - seconds[2]) / (NodeCounts[3] - NodeCounts[2]));
        Add(new("cost of a node, last 50 of 100 against the first 50 (1 is linear)", last / first, "", 1.5));
        build.Forget();
    }

    private async Task MeasureColdAsync(MeasuredBuild build, CancellationToken cancellationToken)
    {
        var cache = Directory.CreateTempSubdirectory("kubepivot-benchmark-cache-").FullName;
        var before = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        try
        {
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", cache);
            await MeasureBootstrapAsync(build, "Bootstrap, cold: everything from Debian", 720, cancellationToken).ConfigureAwait(false);
            await build.RunAsync(["Destroy", "--purge", "--yes"], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", before);
            Directory.Delete(cache, recursive: true);
        }
    }

    private async Task MeasureClusterAsync(MeasuredBuild build, CancellationToken cancellationToken)
    {
        try
        {
            await build.RunAsync(["FetchKubernetes"], cancellationToken).ConfigureAwait(false);
            await MeasureBootstrapAsync(build, "Bootstrap, warm: from no machine to the token", 120, cancellationToken).ConfigureAwait(false);
            Add(new("Bootstrap with nothing to do", await build.MedianAsync(3, ["Bootstrap"], null, cancellationToken).ConfigureAwait(false), "s", 3, 3));
            Add(new("CopyAssets --force with nothing changed, process start included", await build.MedianAsync(3, ["CopyAssets", "--force"], null, cancellationToken).ConfigureAwait(false), "s", null, 3));
            Add(new("CopyAssets --force with nothing changed, the target itself", build.MedianOfTarget("CopyAssets", 3), "s", 1, 3));
        }
        finally
        {
            await build.RunAsync(["Destroy", "--purge", "--yes"], CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task MeasureBootstrapAsync(MeasuredBuild build, string what, double bound, CancellationToken cancellationToken) =>
        Add(new(what, await build.RunAsync(["Bootstrap"], cancellationToken).ConfigureAwait(false), "s", bound));

    private void Add(Measurement measurement)
    {
        measurements.Add(measurement);
        tell(Measurement.Table([measurement]).Single());
    }

    private static string ClusterOf(int nodes)
    {
        var yaml = new StringBuilder("nodes:\n");
        for (var node = 1; node <= nodes; node++)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"  - {{ name: {(node <= 3 ? $"master{node:00}" : $"worker{node - 3:000}")}, role: {(node <= 3 ? "master" : "worker")}, bootstrap: {(node == 3 ? "true" : "false")} }}\n");
        }

        return yaml.ToString();
    }
}
