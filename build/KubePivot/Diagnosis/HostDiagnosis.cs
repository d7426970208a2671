using System.Globalization;
using System.Runtime.InteropServices;
using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Machines;
using KubePivot.Pki;
using KubePivot.Stages;

namespace KubePivot.Diagnosis;

/// <summary>Gathers what lies on the build host: state, markers, certificates, rendered files without secrets, logs of the build, versions.</summary>
/// <param name="buildLogs">Folder of the logs of earlier runs.</param>
internal sealed class HostDiagnosis(StageContext context, SupportBundle bundle, string buildLogs)
{
    private const int MostBuildLogs = 4;

    /// <summary>What is larger is no text.</summary>
    private const int LargestText = 256 * 1024;

    /// <summary>Bound of each program that is asked.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly (string Program, string[] Arguments)[] Questions =
    [
        ("vagrant", ["--version"]), ("lxc-info", ["--version"]), ("dotnet", ["--version"]), ("uname", ["-a"]), ("uptime", []),
        ("df", ["-h"]), ("free", ["-m"]), ("ip", ["-brief", "address"]), ("ip", ["route"]), ("timedatectl", ["status"]),
    ];

    public async Task GatherAsync()
    {
        using var step = context.Reporter.Step("diagnose the build host");
        State();
        Certificates();
        Rendered("rendered/assets", context.Paths.Assets, _ => true);
        Rendered("rendered/nodes", context.Paths.Nodes, path => !path.Contains("/opt/bootkube/assets/", StringComparison.Ordinal));
        Logs();
        await ProgramsAsync().ConfigureAwait(false);
    }

    private void State()
    {
        foreach (var file in new[] { context.Paths.MachinesFile, context.Paths.KubernetesSource, context.Paths.KnownHosts, context.Paths.Resolvers, context.Paths.HostSettings, context.Paths.Timeline }.Where(File.Exists))
        {
            bundle.Add($"host/{Path.GetFileName(file)}", File.ReadAllText(file));
        }

        bundle.Add("host/markers.txt", string.Join('\n', Listed(context.Paths.Markers).DefaultIfEmpty("No target has a marker.")));
        bundle.Add("host/state.txt", string.Join('\n', Listed(context.Paths.State).DefaultIfEmpty($"There is no {context.Paths.State} yet.")));
        if (LxcEvidence.Collect(context.Cluster, context.Paths) is { Length: > 0 } said)
        {
            bundle.Add("host/lxc.txt", said, evidence: true);
        }
    }

    /// <summary>Names, sizes and times, of one folder.</summary>
    private static IEnumerable<string> Listed(string folder) => !Directory.Exists(folder)
        ? []
        : new DirectoryInfo(folder).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(entry => $"{entry.LastWriteTimeUtc.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}Z  {(entry as FileInfo)?.Length,10}  {entry.Name}{(entry is DirectoryInfo ? "/" : "")}");

    private void Certificates()
    {
        var now = context.Clock.GetUtcNow();
        try
        {
            var folder = PkiFolder.LoadCertificates(context.Paths.Pki);
            bundle.Add("host/certificates.txt", string.Join('\n', folder.Files.Order(StringComparer.Ordinal).Select(file => $"# {file}\n{CertificateText.Of(folder.Text(file)!, now)}").DefaultIfEmpty("There are no certificates yet.")));
            foreach (var ended in PkiState.Expiries(context.Paths, context.Clock).Where(expiry => expiry.NotAfter < now))
            {
                bundle.Find(null, $"The certificate {ended.Name} has expired ({ended.NotAfter.UtcDateTime:yyyy-MM-dd HH:mm}Z)", "./build.sh RenewCertificates issues it anew");
            }
        }
        catch (PkiException exception)
        {
            bundle.Find(null, exception.Message);
        }
    }

    private void Rendered(string into, string folder, Func<string, bool> wanted)
    {
        foreach (var file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : [])
        {
            var path = $"{into}/{Path.GetRelativePath(folder, file).Replace('\\', '/')}";
            var length = new FileInfo(file).Length;
            if (wanted(path))
            {
                bundle.Add(path, length > LargestText ? $"({length} bytes, left out)" : Shown(file));
            }
        }
    }

    private string Shown(string file) => Path.GetExtension(file) switch
    {
        ".key" => "(a private key, left out)",
        ".crt" => CertificateText.Of(File.ReadAllText(file), context.Clock.GetUtcNow()),
        _ => File.ReadAllText(file),
    };

    /// <summary>The newest is this run's own, and the one before it, as a rule, of the run that failed.</summary>
    private void Logs()
    {
        var logs = (Directory.Exists(buildLogs) ? Directory.GetFiles(buildLogs, "build.*.log") : []).OrderDescending(StringComparer.Ordinal).Take(MostBuildLogs).ToList();
        foreach (var log in logs)
        {
            using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream);
            bundle.Add($"host/build-logs/{Path.GetFileName(log)}", reader.ReadToEnd(), evidence: logs.IndexOf(log) == 1);
        }
    }

    private async Task ProgramsAsync()
    {
        var said = await Task.WhenAll(Questions.Select(AskAsync)).ConfigureAwait(false);
        bundle.Add("host/system.txt", string.Join('\n', said.Prepend($"{RuntimeInformation.OSDescription}, .NET {Environment.Version}, KubePivot {typeof(HostDiagnosis).Assembly.GetName().Version}\n")));
    }

    private async Task<string> AskAsync((string Program, string[] Arguments) question)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        bound.CancelAfter(Patience);
        var command = $"$ {question.Program} {string.Join(' ', question.Arguments)}";
        try
        {
            var result = LocalCommand.Find(question.Program) == null ? null : await LocalCommand.RunAsync(question.Program, question.Arguments, cancellationToken: bound.Token).ConfigureAwait(false);
            return $"{command}\n{(result == null ? "(not there)\n" : result.StandardOutput + result.StandardError)}";
        }
        catch (Exception exception) when (exception is StageException or OperationCanceledException && !context.CancellationToken.IsCancellationRequested)
        {
            return $"{command}\n({exception.Message})\n";
        }
    }
}
