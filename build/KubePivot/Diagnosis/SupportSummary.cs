using System.Globalization;
using KubePivot.Configuration;

namespace KubePivot.Diagnosis;

/// <summary>What stands at the top of a support bundle. Pure.</summary>
internal static class SupportSummary
{
    /// <summary>Lines for the file.</summary>
    /// <param name="release">As in <c>v1.20.2 from debian</c>, or why it is not known.</param>
    public static string Of(Cluster cluster, string release, DateTimeOffset made, IReadOnlyList<NodeReport> nodes, SupportBundle bundle, IReadOnlyList<ProbableCause> causes) => string.Join('\n',
    [
        $"Support bundle of the cluster {cluster.Name} ({cluster.UniqueName}), {made.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}Z",
        $"Kubernetes {release}; machines by {Choices.Provider.NameOf(cluster.Provider)}; API at {cluster.ControlPlaneEndpoint}",
        "Secrets are left out or masked, and the whole was searched for them.",
        "", "NODES", .. nodes.Select(node => $"  {Words(node)}"),
        "", "FINDINGS", .. bundle.Findings.Select(finding => $"  - {finding}").DefaultIfEmpty("  none: what was looked at is as it should be"),
        "", bundle.Findings.Count > 0 ? "MOST PROBABLE CAUSES" : "WHAT THE LOGS OF THE LAST 15 MINUTES SPEAK OF (nothing is wrong now)", .. Lines(causes),
        "", "FILES",
        "  timeline.txt                what happened, in order: stages of the build, units, containers, events",
        .. bundle.Files.Select(file => $"  {file.Path}{(file.IsEvidence ? "  (searched for causes)" : "")}"),
        "",
    ]);

    /// <summary>What happened, one line a moment.</summary>
    public static string Timeline(IReadOnlyList<NodeReport> nodes, IReadOnlyList<TimelineMoment> moments) => string.Join('\n',
    [
        "Times are those of the clock of each place. Clocks of nodes against the build host's:",
        .. nodes.Select(node => $"  {node.Node.Name}: {Offset(node)}").DefaultIfEmpty("  no node was asked"),
        "", .. moments.Select(moment => moment.ToString()),
    ]);

    /// <summary>Numbered, each with its evidence and remedy.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<ProbableCause> causes) =>
        causes.SelectMany((cause, index) => new[] { $"  {index + 1}. {cause.Words}", $"     {cause.Evidence}", $"     {cause.Remedy}." }).DefaultIfEmpty("  none of those that are known");

    private static string Words(NodeReport node) => string.Join("  ", new[]
    {
        $"{node.Node.Name,-10} {(node.Node.IsBootstrap ? "bootstrap master" : node.Node.IsMaster ? "master" : "worker"),-16} {node.Node.Address,-15} machine {node.State}",
        node.Reached ? "answers" : "was not reached",
        node.Reached ? $"clock {Offset(node)}" : "",
        node.Node.IsMaster && node.Reached ? $"etcd {(node.EtcdHealthy switch { true => "healthy", false => "not healthy", _ => "unknown" })}" : "",
    }.Where(words => words.Length > 0));

    private static string Offset(NodeReport node) => node.Observed?.Offset is { } offset
        ? $"{offset.Seconds.ToString("+0.00;-0.00", CultureInfo.InvariantCulture)} s (± {offset.Uncertainty.ToString("0.00", CultureInfo.InvariantCulture)} s)"
        : "unknown";
}
