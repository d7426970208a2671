using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Etcd;
using KubePivot.Nodes;
using KubePivot.Preflight;
using KubePivot.Ssh;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Diagnosis;

/// <summary>Gathers what one node has to say, over one connection. A node that says nothing is a finding, never a failure.</summary>
/// <param name="preflight">Looks at what the machine is like; null: the Kubernetes release is not known.</param>
internal sealed class NodeDiagnosis(StageContext context, SupportBundle bundle, NodePreflight? preflight)
{
    /// <summary>Bound of everything that one node is asked.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private const string NotYet = "etcd is not set up here yet";

    private static readonly string[] Units =
    [
        "etcd.service", "kubelet.service", "containerd.service", "bootkube.service", "haproxy.service", "keepalived.service",
        "kubepivot-routes.service", "kubepivot-images.service", "kubepivot-cgroups.service",
    ];

    /// <summary>The parts of a node's answer that tell what happened.</summary>
    private static readonly string[] Evidence = ["journal/", "logs/", "api.txt", "certificates.txt"];

    public async Task<NodeReport> GatherAsync(Node node, string state)
    {
        using var step = context.Reporter.Step("diagnose", node.Name);
        using var bound = new CancellationTokenSource(Bound, context.Clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, context.CancellationToken);
        try
        {
            await using var connection = await NodeConnection.ConnectAsync(context.EndpointOf(node), stop.Token).ConfigureAwait(false);
            var layout = context.LayoutOf(node);
            var observing = ObserveAsync(connection, layout, stop.Token);
            var etcd = node.IsMaster ? EtcdAsync(node, connection, layout, stop.Token) : Task.FromResult<bool?>(null);
            var reaching = ReachAsync(connection, stop.Token);
            await ReadAsync(node, connection, layout, stop.Token).ConfigureAwait(false);
            await reaching.ConfigureAwait(false);
            return new NodeReport(node, state, Reached: true) { EtcdHealthy = await etcd.ConfigureAwait(false), Observed = await observing.ConfigureAwait(false) };
        }
        catch (StageException exception)
        {
            bundle.Add($"nodes/{node.Name}/not-reached.txt", exception.Message, evidence: true);
            bundle.Find(node.Name, $"cannot be asked: {WithoutName(node, exception.Message.Split('\n')[0].TrimEnd())}");
        }
        catch (OperationCanceledException) when (bound.IsCancellationRequested)
        {
            bundle.Find(node.Name, $"did not answer within {Wait.Words(Bound)}");
        }

        return new NodeReport(node, state, Reached: false);
    }

    private async Task ReadAsync(Node node, NodeConnection connection, NodeLayout layout, CancellationToken cancellationToken)
    {
        using var answer = new NodeAnswer();
        var command = NodeProgram.CommandLine("diagnose-node", [layout.Root, answer.Mark, .. Units]);
        try
        {
            await connection.CopyOutputAsync(command, answer, "bash diagnose-node", cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StageException or OperationCanceledException && !context.CancellationToken.IsCancellationRequested)
        {
            bundle.Find(node.Name, exception is StageException ? $"stopped answering: {exception.Message.Split('\n')[0].TrimEnd()}" : $"answered only in part within {Wait.Words(Bound)}");
        }

        Take(node, answer.Files());
    }

    private void Take(Node node, IReadOnlyDictionary<string, string> files)
    {
        foreach (var (path, text) in files.Where(file => file.Key != "end"))
        {
            bundle.Add($"nodes/{node.Name}/{path}", text, Evidence.Any(part => path.StartsWith(part, StringComparison.Ordinal)));
        }

        foreach (var unit in NodeFindings.Units(files.GetValueOrDefault("units.txt", "")))
        {
            bundle.Find(node.Name, unit);
        }

        foreach (var certificate in NodeFindings.Certificates(files.GetValueOrDefault("certificates.txt", "")))
        {
            bundle.Find(node.Name, $"holds a certificate that does not do: {certificate}");
        }

        bundle.Happened(NodeMoments.Of(node.Name, files));
    }

    private async Task<NodeObservation?> ObserveAsync(NodeConnection connection, NodeLayout layout, CancellationToken cancellationToken)
    {
        try
        {
            return preflight == null ? null : await preflight.ObserveAsync(connection, layout).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StageException or OperationCanceledException && !context.CancellationToken.IsCancellationRequested)
        {
            bundle.Find(connection.Node, $"does not say what it is like: {exception.Message.Split('\n')[0].TrimEnd()}");
            return null;
        }
    }

    private async Task ReachAsync(NodeConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var reached = await NodeReach.AskAsync(connection, context.Cluster, cancellationToken).ConfigureAwait(false);
            bundle.Add($"nodes/{connection.Node}/reach.txt", string.Join('\n', reached.Select(other => $"{connection.Node} {other}")));
            foreach (var other in reached.Where(other => !other.Reached))
            {
                bundle.Find(connection.Node, $"{other}", "There is no way between the two, or the other is down: ip route and the packet filter of both");
            }
        }
        catch (Exception exception) when (exception is StageException or OperationCanceledException && !context.CancellationToken.IsCancellationRequested)
        {
            bundle.Add($"nodes/{connection.Node}/reach.txt", exception.Message);
        }
    }

    private async Task<bool?> EtcdAsync(Node node, NodeConnection connection, NodeLayout layout, CancellationToken cancellationToken)
    {
        string[][] questions = [["endpoint", "health"], ["endpoint", "status", "--write-out=table"], ["member", "list", "--write-out=table"], ["alarm", "list"]];
        try
        {
            var command = $"[ -e {LocalCommand.Quoted($"{layout.Root}/etc/etcd/etcd.yaml")} ] || {{ echo '{NotYet}'; exit 0; }}; " + string.Join("; ", questions.Select(question => $"echo '$ etcdctl {string.Join(' ', question)}'; {EtcdCtl.CommandLine(layout, [.. question, "--command-timeout=3s"])} 2>&1"));
            var result = await connection.RunAsync(command, shown: "etcdctl", cancellationToken: cancellationToken).ConfigureAwait(false);
            bundle.Add($"nodes/{node.Name}/etcd.txt", result.StandardOutput + result.StandardError, evidence: true);
            return result.StandardOutput.Contains("is healthy", StringComparison.Ordinal) ? true : result.StandardOutput.StartsWith(NotYet, StringComparison.Ordinal) ? null : false;
        }
        catch (Exception exception) when (exception is StageException or OperationCanceledException && !context.CancellationToken.IsCancellationRequested)
        {
            bundle.Add($"nodes/{node.Name}/etcd.txt", exception.Message, evidence: true);
            return null;
        }
    }

    private static string WithoutName(Node node, string message) => message.StartsWith($"{node.Name}: ", StringComparison.Ordinal) ? message[(node.Name.Length + 2)..] : message;
}
