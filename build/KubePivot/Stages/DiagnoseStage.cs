using System.Globalization;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Diagnosis;
using KubePivot.Machines;
using KubePivot.Nodes;
using KubePivot.Preflight;
using KubePivot.Ssh;

namespace KubePivot.Stages;

/// <summary>What <see cref="DiagnoseStage"/> asks of the build.</summary>
public sealed record DiagnoseOptions
{
    /// <summary>Where the bundle is put; made with mode 0700.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder of the logs of earlier runs of the build.</summary>
    public required string BuildLogs { get; init; }

    /// <summary>What the build did, from its timeline.</summary>
    public IReadOnlyList<TimelineMoment> BuildSteps { get; init; } = [];

    /// <summary>Writes what <c>Status</c> shows.</summary>
    public required Func<TextWriter, Task> Status { get; init; }

    /// <summary>The Kubernetes release in use; it may throw what says why that is not known.</summary>
    public required Func<KubernetesRelease> Release { get; init; }
}

/// <summary>
/// Gathers what there is to know of a cluster that is in trouble into one file. Whatever does not answer is a finding, and nothing
/// stops for it; nothing is changed, and no secret gets in.
/// </summary>
public sealed class DiagnoseStage(StageContext context, DiagnoseOptions options)
{
    /// <exception cref="StageException">The bundle cannot be written, or a secret would have got in.</exception>
    /// <returns>Full path of the bundle.</returns>
    public async Task<string> RunAsync()
    {
        var made = context.Clock.GetUtcNow();
        var bundle = new SupportBundle(KnownSecrets.Load(context.Paths, context.Cluster.Spec));
        var release = Known(() => options.Release(), out var unknown);
        context.Reporter.Info("Gathering from this host, the nodes and the API servers, all at once; nothing is changed");

        var host = new HostDiagnosis(context, bundle, options.BuildLogs).GatherAsync();
        var status = StatusAsync(bundle);
        var (nodes, asking) = (NodesAsync(bundle, release), MachinesExist(context.Paths) ? new ApiDiagnosis(context, bundle).GatherAsync() : Task.CompletedTask);
        await Task.WhenAll(host, status, nodes, asking).ConfigureAwait(false);
        return Conclude(bundle, made, release?.ToString() ?? unknown, await nodes.ConfigureAwait(false));
    }

    private string Conclude(SupportBundle bundle, DateTimeOffset made, string release, IReadOnlyList<NodeReport> nodes)
    {
        Quorum(bundle, nodes);
        bundle.Happened(options.BuildSteps);
        var causes = CauseSearch.In(bundle.Files, bundle.Findings);
        bundle.Add("timeline.txt", SupportSummary.Timeline(nodes, bundle.Moments));
        bundle.Add("SUMMARY.txt", SupportSummary.Of(context.Cluster, release, made, nodes, bundle, causes));
        var file = Path.Combine(options.Folder, string.Create(CultureInfo.InvariantCulture, $"{context.Cluster.Name}-{made:yyyyMMdd'T'HHmmss}Z.tar.gz"));
        var size = bundle.Write(file, made, KnownSecrets.Load(context.Paths, context.Cluster.Spec));
        Tell(bundle, causes);
        context.Reporter.Info($"{file}: {size / 1024} KiB, {bundle.Files.Count} files (SUMMARY.txt, timeline.txt, nodes/, api/, host/, rendered/); searched for the cluster's secrets, none is in it");
        return file;
    }

    private void Tell(SupportBundle bundle, IReadOnlyList<ProbableCause> causes)
    {
        const int Shown = 15;
        context.Reporter.Info(bundle.Findings.Count == 0 ? "Findings: none" : $"Findings ({bundle.Findings.Count}):");
        foreach (var finding in bundle.Findings.Take(Shown))
        {
            context.Reporter.Info($"  {finding}");
        }

        if (bundle.Findings.Count > Shown)
        {
            context.Reporter.Info($"  and {bundle.Findings.Count - Shown} more, in SUMMARY.txt");
        }

        if (bundle.Findings.Count > 0)
        {
            context.Reporter.Info("Most probable causes:");
            SupportSummary.Lines(causes).ToList().ForEach(line => context.Reporter.Info(line));
        }
    }

    private async Task<IReadOnlyList<NodeReport>> NodesAsync(SupportBundle bundle, KubernetesRelease? release)
    {
        if (!MachinesExist(context.Paths))
        {
            bundle.Find(null, "No machine exists yet", "./build.sh Bootstrap makes them");
            return [];
        }

        var states = Known(() => MachineStates.Look(context.Cluster, context.Paths), out var unknown);
        var preflight = release == null ? null : new NodePreflight(context, release, new HashSet<string>());
        var reports = await AllNodes.RunAsync(context.Cluster.Nodes, node => NodeAsync(bundle, node, preflight, states?[node.Name], unknown)).ConfigureAwait(false);
        var observed = reports.Where(report => report.Observed != null).Select(report => (report.Node, report.Observed!)).ToList();
        var judged = preflight?.Judge(observed) ?? [];
        bundle.Add("preflight.txt", string.Join('\n', judged.Select(finding => finding.ToString()).DefaultIfEmpty(preflight == null ? "The Kubernetes release is not known, so nodes were not judged." : "Preflight has nothing to say against the nodes.")));
        foreach (var finding in judged.Where(finding => !finding.IsWarning))
        {
            bundle.Find(finding.Where, $"{finding.Observed}; expected {finding.Expected}", finding.Remedy);
        }

        return reports;
    }

    private Task<NodeReport> NodeAsync(SupportBundle bundle, Node node, NodePreflight? preflight, MachineState? state, string unknown)
    {
        // What a provider says of other machines than its own containers is a guess from their SSH port.
        if (state == MachineState.Absent || (state == MachineState.Stopped && context.Cluster.Provider == MachineProvider.Lxc))
        {
            bundle.Find(node.Name, state == MachineState.Absent ? "has no machine" : "has a machine that is stopped", $"./build.sh VagrantUp {(state == MachineState.Absent ? "makes" : "starts")} it");
            return Task.FromResult(new NodeReport(node, Words(state.Value), Reached: false));
        }

        return new NodeDiagnosis(context, bundle, preflight).GatherAsync(node, state == null ? unknown : Words(state.Value));
    }

    private static void Quorum(SupportBundle bundle, IReadOnlyList<NodeReport> nodes)
    {
        var masters = nodes.Where(report => report.Node.IsMaster).ToList();
        var healthy = masters.Where(report => report.EtcdHealthy == true).ToList();
        if (masters.Any(report => report.EtcdHealthy != null) && healthy.Count <= masters.Count / 2)
        {
            bundle.Find(null, $"{healthy.Count} of {masters.Count} masters have a member of etcd that commits what it is told: the quorum is lost");
        }
    }

    private async Task StatusAsync(SupportBundle bundle)
    {
        using var text = new StringWriter();
        try
        {
            await options.Status(text).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StageException or InvalidInputException or IOException)
        {
            await text.WriteLineAsync(exception.Message).ConfigureAwait(false);
        }

        bundle.Add("status.txt", text.ToString());
    }

    /// <summary>Machines were made, or are there already and have been logged in to.</summary>
    public static bool MachinesExist(ClusterPaths paths) => File.Exists(paths.MachinesFile) || File.Exists(paths.KnownHosts);

    private static string Words(MachineState state) => state.ToString().ToLowerInvariant();

    private static T? Known<T>(Func<T> ask, out string unknown)
        where T : class
    {
        unknown = "";
        try
        {
            return ask();
        }
        catch (Exception exception) when (exception is StageException or InvalidInputException or IOException or UnauthorizedAccessException)
        {
            unknown = $"unknown: {exception.Message.Split('\n')[0].TrimEnd()}";
            return null;
        }
    }
}
