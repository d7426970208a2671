using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using KubePivot.Bootkube;
using KubePivot.Commands;
using KubePivot.Diagnosis;

namespace KubePivot.Benchmarks;

/// <summary>A copy of the checkout's inputs with a state of its own, in which builds are run and timed as whole processes.</summary>
public sealed partial class MeasuredBuild : IDisposable
{
    private readonly string checkout;

    /// <param name="checkout">Root of the checkout that is measured.</param>
    public MeasuredBuild(string checkout)
    {
        this.checkout = checkout;
        Root = Directory.CreateTempSubdirectory("kubepivot-benchmark-").FullName;
        foreach (var folder in new[] { "templates", "build" })
        {
            Directory.CreateSymbolicLink(Path.Combine(Root, folder), Path.Combine(checkout, folder));
        }

        CopySources();

        foreach (var file in new[] { "Vagrantfile", "cluster.yaml", "Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig" })
        {
            File.Copy(Path.Combine(checkout, file), Path.Combine(Root, file));
        }

        Directory.CreateDirectory(Path.Combine(Root, ".nuke"));
        // The figures are of what can be had everywhere, whatever registry answers here.
        File.WriteAllText(Path.Combine(Root, ".nuke", "parameters.json"), """{ "Source": "debian" }""");
    }

    /// <summary>Root of the copy.</summary>
    public string Root { get; }

    public ClusterPaths Paths => new(Root);

    /// <summary>The most memory that any of the builds run so far had, in MiB, resident; without the programs that it started.</summary>
    public double PeakMemoryMib { get; private set; }

    /// <summary>The most memory that a node program had that bootstrapped a cluster, in MiB, as it says itself; null: none has yet.</summary>
    public double? NodeProgramMemoryMib { get; private set; }

    /// <summary>Runs <c>build.sh</c> with arguments and returns the seconds that the whole process took.</summary>
    /// <exception cref="StageException">The build failed.</exception>
    public async Task<double> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var run = await LocalCommand.RunAsync(
            Path.Combine(checkout, "build.sh"), [.. arguments, "--root", Root], Root, cancellationToken: cancellationToken).ConfigureAwait(false);
        run.ThrowOnFailure("A measured build failed");
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        PeakMemoryMib = Math.Max(PeakMemoryMib, TimelineEntry.LoadTargets(Paths.Timeline).Max(entry => entry.PeakMemoryMib) ?? 0);
        NodeProgramMemoryMib = Done().Matches(run.StandardOutput).Select(match => (double?)double.Parse(match.Groups["mib"].Value, CultureInfo.InvariantCulture)).Append(NodeProgramMemoryMib).Max();
        return seconds;
    }

    /// <summary>The middle one of several runs, each after <paramref name="prepare"/>, after one run that is not counted.</summary>
    public async Task<double> MedianAsync(int runs, string[] arguments, Action? prepare, CancellationToken cancellationToken)
    {
        var seconds = new List<double>();
        for (var run = 0; run <= runs; run++)
        {
            prepare?.Invoke();
            seconds.Add(await RunAsync(arguments, cancellationToken).ConfigureAwait(false));
        }

        return Median(seconds.Skip(1));
    }

    /// <summary>The middle one of a target's last runs, as the timeline has them.</summary>
    public double MedianOfTarget(string target, int runs) =>
        Median(TimelineEntry.LoadTargets(Paths.Timeline).Where(entry => entry.Target == target).Select(entry => entry.Duration.TotalSeconds).TakeLast(runs));

    /// <summary>Removes the state of the copy: the next build starts from nothing.</summary>
    public void Forget()
    {
        if (Directory.Exists(Paths.State))
        {
            Directory.Delete(Paths.State, recursive: true);
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>What is compiled lies in the copy itself: .editorconfig holds for what is below it, links resolved.</summary>
    private void CopySources()
    {
        foreach (var file in BootkubeBuild.SourceFiles(checkout))
        {
            var to = Path.Combine(Root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(Path.Combine(checkout, file), to);
        }
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>bootkube's last line, which StartBootkube shows.</summary>
    [GeneratedRegex(@"with (?<mib>\d+) MiB of memory at most: the control plane hosts itself")]
    private static partial Regex Done();
}
