using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using KubePivot.Commands;

namespace KubePivot.Benchmarks;

/// <summary>A copy of the checkout's inputs with a state of its own, in which builds are run and timed as whole processes.</summary>
public sealed class MeasuredBuild : IDisposable
{
    private const int ResourceUsageOfChildren = -1;

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

        CopySources("bootkube");

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

    /// <summary>Peak resident memory of the largest process run so far, in MiB.</summary>
    public static double LargestProcessMib
    {
        get
        {
            _ = GetResourceUsage(ResourceUsageOfChildren, out var usage);
            return usage.MaximumResidentKib / 1024.0;
        }
    }

    /// <summary>Runs <c>build.sh</c> with arguments and returns the seconds that the whole process took.</summary>
    /// <exception cref="StageException">The build failed.</exception>
    public async Task<double> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var run = await LocalCommand.RunAsync(
            Path.Combine(checkout, "build.sh"), [.. arguments, "--root", Root], Root, cancellationToken: cancellationToken).ConfigureAwait(false);
        run.ThrowOnFailure("A measured build failed");
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
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
    public double MedianOfTarget(string target, int runs)
    {
        using var timeline = JsonDocument.Parse(File.ReadAllBytes(Paths.Timeline));
        var seconds = timeline.RootElement.EnumerateArray()
            .Where(entry => entry.GetProperty("target").GetString() == target && !entry.TryGetProperty("step", out _))
            .Select(entry => (entry.GetProperty("end").GetDateTimeOffset() - entry.GetProperty("start").GetDateTimeOffset()).TotalSeconds);
        return Median(seconds.TakeLast(runs));
    }

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
    private void CopySources(string folder)
    {
        var from = Path.Combine(checkout, folder);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(from, file)))
        {
            if (file.Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            {
                var to = Path.Combine(Root, folder, file);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(Path.Combine(from, file), to);
            }
        }
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>getrusage(2). The field that is read stands behind two timevals.</summary>
    [DllImport("libc", EntryPoint = "getrusage"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetResourceUsage(int who, out ResourceUsage usage);

    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private struct ResourceUsage
    {
        [FieldOffset(32)]
        public long MaximumResidentKib;
    }
}
