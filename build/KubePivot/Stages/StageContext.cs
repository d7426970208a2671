using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Nodes;
using KubePivot.Ssh;

namespace KubePivot.Stages;

/// <summary>All that a stage is given. Stages know nothing of each other, of the build engine, or of markers.</summary>
public sealed record StageContext
{
    private ReleaseCatalogue? catalogue;

    public required Cluster Cluster { get; init; }

    public required ClusterPaths Paths { get; init; }

    public required IStageReporter Reporter { get; init; }

    /// <summary>What is known of Kubernetes releases; read once, when it is first asked for.</summary>
    public ReleaseCatalogue Catalogue => catalogue ??= ReleaseCatalogue.Load(Paths);

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Bound of each wait; default 20 minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(20);

    public CancellationToken CancellationToken { get; init; }

    /// <summary>Nodes whose things are elsewhere than on real ones; null: none.</summary>
    public Func<Node, NodeLayout>? OtherLayouts { private get; init; }

    /// <summary>Nodes that are reached otherwise than cluster.yaml and the build's own state say; null: none.</summary>
    public Func<Node, SshEndpoint>? OtherEndpoints { private get; init; }

    /// <summary>Where things are on a node.</summary>
    public NodeLayout LayoutOf(Node node) => OtherLayouts?.Invoke(node) ?? new NodeLayout();

    /// <summary>How a node is reached.</summary>
    public SshEndpoint EndpointOf(Node node) => OtherEndpoints?.Invoke(node) ?? SshEndpoint.Of(Cluster, Paths, node);
}

/// <summary>Where a stage tells what it does. Implemented by the build; thread-safe, for nodes are worked on in parallel.</summary>
public interface IStageReporter
{
    /// <summary>Tells a person one line of progress.</summary>
    /// <param name="node">The node it is about, shown as the article's <c>master03: </c> prefix; null for the build host.</param>
    void Info(string message, string? node = null);

    void Warning(string message, string? node = null);

    /// <summary>A line that is only shown with <c>--verbosity verbose</c>.</summary>
    void Detail(string message, string? node = null);

    /// <summary>Shows lines in place of those that the last call showed, until something else is told.</summary>
    /// <returns>False if nobody sees them, for there is no terminal: then <see cref="Info"/> is the way.</returns>
    bool Redraw(IReadOnlyList<string> lines, string? node = null) => false;

    /// <summary>Measures a step for <c>.cluster/timeline.json</c>, from this call to the disposal of what it returns.</summary>
    IDisposable Step(string step, string? node = null);
}
