using System.Diagnostics;
using KubePivot.Commands;
using KubePivot.Files;
using KubePivot.HostPackages;
using KubePivot.Stages;

namespace KubePivot.Images;

/// <summary>Compiles Kubernetes from Debian's source package. What is half done after an interruption is gone on with.</summary>
/// <param name="workFolder">Sources, Go's build cache and the log; kept until the caller deletes it.</param>
public sealed class DebianKubernetes(StageContext context, string workFolder)
{
    private const string Version = "v1.20.2";

    /// <summary>The commit that upstream tagged v1.20.2; the programs name it in <c>--version</c>.</summary>
    private const string Commit = "faecb196815e248d3ecfb03c680a4507229c2a56";

    /// <summary>Version of upstream's pause image that this Kubernetes asks for.</summary>
    private const string PauseVersion = "3.2";

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(30);

    /// <summary>Debian packages that the compilation needs.</summary>
    public static IReadOnlyList<string> BuildPackages { get; } = ["dpkg-dev", "gcc", "golang-1.19-go", "jq", "libc6-dev", "make", "rsync"];

    /// <summary>Go compiles with a process for each processor; left to collect less often, these need a sixth less time, and up to 1 GiB each.</summary>
    private static bool HasMemoryToSpare => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Environment.ProcessorCount > 2L << 30;

    private string SourceFolder => Path.Combine(workFolder, "kubernetes");

    private string Log => Path.Combine(workFolder, "build.log");

    /// <summary>Makes the programs of <see cref="KubernetesArtifacts.Programs"/>, and <c>pause</c>.</summary>
    /// <param name="outputFolder">Where the programs are put.</param>
    /// <exception cref="StageException">apt or the compilation failed: with the last lines of the log.</exception>
    public async Task BuildAsync(string outputFolder)
    {
        await new AptPackages(context).EnsureAsync(BuildPackages, "to compile Kubernetes").ConfigureAwait(false);
        Directory.CreateDirectory(workFolder);
        File.Delete(Log);
        await FetchSourceAsync().ConfigureAwait(false);
        MapIterationFix.Apply(SourceFolder);
        await CompileAsync().ConfigureAwait(false);
        Directory.CreateDirectory(outputFolder);
        foreach (var program in KubernetesArtifacts.Programs)
        {
            File.Copy(Path.Combine(SourceFolder, "_output", "bin", program), Path.Combine(outputFolder, program), overwrite: true);
        }

        var pause = Path.Combine(SourceFolder, "build", "pause");
        var source = File.Exists(Path.Combine(pause, "linux", "pause.c")) ? Path.Combine(pause, "linux", "pause.c") : Path.Combine(pause, "pause.c");
        await RunAsync("compile pause", "gcc", ["-Os", "-Wall", "-Werror", "-static", $"-DVERSION={PauseVersion}", "-o", Path.Combine(outputFolder, "pause"), source]).ConfigureAwait(false);
    }

    /// <summary>Fetches and unpacks the source package through an apt configuration of our own: the user's is left alone.</summary>
    private async Task FetchSourceAsync()
    {
        if (Directory.Exists(SourceFolder))
        {
            return;
        }

        context.Reporter.Info("Fetching Debian's source package of Kubernetes (about 25 MB)");
        var apt = Directory.CreateDirectory(Path.Combine(workFolder, "apt")).FullName;
        Directory.CreateDirectory(Path.Combine(apt, "lists", "partial"));
        AtomicFile.Write(Path.Combine(apt, "sources.list.d", "debian.sources"), DebianSources.Deb822("deb-src"));
        string[] options =
        [
            "--quiet", "--option", "Dir::Etc::sourcelist=/dev/null", "--option", $"Dir::Etc::sourceparts={apt}/sources.list.d", "--option", $"Dir::State::lists={apt}/lists",
            "--option", $"Dir::Cache={apt}/cache", "--option", "APT::Sandbox::User=root",
        ];
        await RunAsync("read the package lists", "apt-get", [.. options, "update"]).ConfigureAwait(false);
        foreach (var leftover in Directory.EnumerateDirectories(workFolder, "kubernetes-*"))
        {
            Directory.Delete(leftover, recursive: true);
        }

        await RunAsync("fetch the source package", "apt-get", [.. options, "source", "kubernetes"]).ConfigureAwait(false);
        Directory.Move(Directory.EnumerateDirectories(workFolder, "kubernetes-*").Single(), SourceFolder);
    }

    private async Task CompileAsync()
    {
        context.Reporter.Info("Compiling Kubernetes (once; 4 to 5 minutes on 2 idle cores)");
        using var step = context.Reporter.Step("compile Kubernetes");
        var started = Stopwatch.GetTimestamp();
        await using var progress = new Timer(
            _ => context.Reporter.Info($"Still compiling Kubernetes: {Stopwatch.GetElapsedTime(started):m\\:ss} so far, last seen: {LastLine(Log)}"), null, ProgressInterval, ProgressInterval);
        var environment = CompilerEnvironment();

        // Of the generated code only this is not in the source; make's target "all" would generate the rest anew as well.
        await RunAsync("generate the OpenAPI definitions", "make", ["gen_openapi"], environment).ConfigureAwait(false);
        await RunAsync(
            "compile Kubernetes", Path.Combine(SourceFolder, "hack", "make-rules", "build.sh"), KubernetesArtifacts.Programs.Select(program => $"cmd/{program}"), environment).ConfigureAwait(false);
    }

    /// <summary>
    /// What Kubernetes' scripts are told (hack/lib/golang.sh). Half of the work is saved by three settings: the drivers of public clouds
    /// and of Docker, which these machines have no use for, are left out by the tags that Kubernetes has for that; debugging
    /// information, which is stripped in the end, is not made; and the kubelet is linked statically as the other programs are, so
    /// that what they share is not compiled a second time for it, with cgo.
    /// </summary>
    private Dictionary<string, string?> CompilerEnvironment() => new()
    {
        ["PATH"] = $"/usr/lib/go-1.19/bin:{Environment.GetEnvironmentVariable("PATH")}",
        ["FORCE_HOST_GO"] = "y",
        ["GOCACHE"] = Path.Combine(workFolder, "go-build"),
        ["GOFLAGS"] = "-tags=providerless,dockerless",
        ["GOGC"] = HasMemoryToSpare ? "400" : null,
        ["GOGCFLAGS"] = "all=-dwarf=false",
        ["KUBE_STATIC_OVERRIDES"] = "kubelet",
        ["KUBE_GIT_VERSION"] = Version,
        ["KUBE_GIT_COMMIT"] = Commit,
        ["KUBE_GIT_TREE_STATE"] = "clean",
    };

    private async Task RunAsync(string what, string program, IEnumerable<string> arguments, Dictionary<string, string?>? environment = null)
    {
        await using var log = new StreamWriter(new FileStream(Log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        var synchronized = TextWriter.Synchronized(log);
        var folder = Directory.Exists(SourceFolder) ? SourceFolder : workFolder;
        var run = await LocalCommand.RunAsync(program, arguments, folder, environment, onLine: synchronized.WriteLine, cancellationToken: context.CancellationToken).ConfigureAwait(false);
        run.ThrowOnFailure($"Could not {what}", $"The whole log is {Log}. Mend the cause (disk space? network?) and run ./build.sh FetchKubernetes again: it goes on from here.");
    }

    private static string LastLine(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().TrimEnd().Split('\n')[^1].Trim();
    }
}
