using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;
using KubePivot.Nodes;
using KubePivot.Ssh;
using KubePivot.Stages;

namespace KubePivot.Preflight;

/// <summary>Looks at nodes before anything is written onto them, and judges what it saw.</summary>
/// <param name="ignored">Names of checks whose errors are warnings, see <see cref="CheckNames.Parse"/>.</param>
public sealed class NodePreflight(StageContext context, KubernetesRelease release, IReadOnlySet<string> ignored)
{
    /// <summary>The line that follows the clock's reading.</summary>
    private const string AfterClock = "== hostname";

    private readonly NodePayload payload = new(KubernetesArtifacts.Locate(release));

    /// <summary>Looks at one node: one command over a connection that is there.</summary>
    public async Task<NodeObservation> ObserveAsync(NodeConnection connection, NodeLayout layout)
    {
        var asked = context.Clock.GetUtcNow();
        DateTimeOffset? answered = null;
        var result = await connection.RunAsync(
            NodeProgram.CommandLine("observe-node", [layout.Root, .. NamesToResolve()]),
            string.Concat(NodePrograms.All.Select(program => $"{program.Name}\n")),
            line => answered ??= line == AfterClock ? context.Clock.GetUtcNow() : null,
            "bash observe-node",
            context.CancellationToken).ConfigureAwait(false);
        try
        {
            var seen = NodeObservation.Parse(result.ThrowOnFailure("could not look at the machine").StandardOutput);
            return seen with { Offset = seen.Clock is { } clock && answered is { } then ? ClockOffset.Between(clock, asked, then) : null };
        }
        catch (FormatException exception)
        {
            throw new StageException($"{connection.Node}: could not look at the machine: {exception.Message}.{Environment.NewLine}{result.StandardError.TrimEnd()}", exception);
        }
    }

    /// <summary>What is wrong with nodes, each for itself and among each other.</summary>
    public IReadOnlyList<Finding> Judge(IReadOnlyList<(Node Node, NodeObservation Seen)> nodes) =>
        new NodeChecks(context.Cluster, release, [.. payload.Programs.Select(program => Path.GetFileName(program)!)]).All(nodes);

    /// <inheritdoc cref="PreflightReport.Tell" path="/exception"/>
    public void ThrowIfUnfit(IReadOnlyList<(Node Node, NodeObservation Seen)> nodes) => new PreflightReport(context.Reporter, ignored).Tell(Judge(nodes));

    /// <summary>The hosts that the nodes pull images from, unless a proxy resolves their names.</summary>
    private IEnumerable<string> NamesToResolve() => release.Source != KubernetesSource.Upstream || context.Cluster.Spec.Proxy.IsSet
        ? []
        : context.Catalogue.ImagesOf(release, context.Cluster.Spec).Values
            .Select(ImageReference.TryParse).OfType<ImageReference>()
            .Select(image => context.Cluster.Spec.Registries.PlacesOf(image.Registry)[0])
            .Select(place => new Uri(place).Host).Distinct().Order(StringComparer.Ordinal);
}
