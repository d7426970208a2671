using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Ssh;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Nodes;

/// <summary>One node while CopyAssets works on it: its tree, its one connection, and what was found there.</summary>
public sealed class NodeUnderConstruction : IAsyncDisposable
{
    /// <summary>So many restarts by systemd within one wait are a crash loop.</summary>
    private const int CrashLoop = 5;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly StageContext context;
    private readonly NodeLayout layout;
    private readonly NodeConnection connection;

    private NodeUnderConstruction(StageContext context, Node node, NodeTreeManifest tree, NodeConnection connection)
    {
        this.context = context;
        layout = context.LayoutOf(node);
        this.connection = connection;
        Node = node;
        Tree = tree;
    }

    public Node Node { get; }

    public NodeTreeManifest Tree { get; }

    public NodeConnection Connection => connection;

    /// <summary>As it was found; set by <see cref="OpenAsync"/>.</summary>
    public NodeState Found { get; private set; } = null!;

    public NodeChanges Changes { get; private set; } = null!;

    /// <summary>Connects to a node and looks at what it holds.</summary>
    public static async Task<NodeUnderConstruction> OpenAsync(StageContext context, Node node)
    {
        var manifest = NodeTreeManifest.PathOf(context.Paths, node.Name);
        if (!File.Exists(manifest))
        {
            throw new StageException($"{node.Name}: there is no rendered tree ({manifest}). Run ./build.sh RenderAssets.");
        }

        var tree = NodeTreeManifest.Load(manifest);
        var connection = await NodeConnection.ConnectAsync(context, node).ConfigureAwait(false);
        var opened = new NodeUnderConstruction(context, node, tree, connection);
        try
        {
            opened.Found = await opened.LookAsync(tree.Files.Select(file => file.Path), context.CancellationToken).ConfigureAwait(false);
            opened.Changes = NodeChanges.Between(tree, opened.Found);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <summary>Writes the files that differ and removes those that have left the tree.</summary>
    public async Task WriteFilesAsync()
    {
        if (Changes.NoFiles)
        {
            return;
        }

        var paths = Changes.Write.Select(file => file.Path).ToList();
        Tell($"{Count(paths.Count, "file")} to write{(paths.Count is > 0 and <= 4 ? $": {string.Join(", ", paths)}" : "")}{(Changes.Remove.Count == 0 ? "" : $", to remove: {string.Join(", ", Changes.Remove)}")}");
        if (Changes.Stop.Count > 0)
        {
            await SystemctlAsync($"disable --now -- {string.Join(' ', Changes.Stop)}", "could not stop units that are no longer needed").ConfigureAwait(false);
        }

        var writer = new NodeFilesWriter(Path.Combine(context.Paths.Nodes, Node.Name), Changes);
        var result = await connection.RunAsync(
            NodeProgram.CommandLine("write-files", layout.Root), writer.WriteTo, shown: "bash write-files", cancellationToken: context.CancellationToken).ConfigureAwait(false);
        WriteFailure.ThrowIfFailed(result);
    }

    /// <summary>A text file as it is on the node; empty if there is none.</summary>
    /// <param name="path">As in the tree.</param>
    public async Task<string> ReadAsync(string path) =>
        (await connection.RunAsync($"cat -- {LocalCommand.Quoted(layout.Root + path)} 2>/dev/null || true", cancellationToken: context.CancellationToken).ConfigureAwait(false)).StandardOutput;

    /// <summary>A text file as it is rendered for the node.</summary>
    /// <param name="path">As in the tree.</param>
    public string Rendered(string path) => File.ReadAllText(Path.Combine(context.Paths.Nodes, Node.Name) + path);

    /// <summary>Tells systemd of changed unit files, and enables, restarts and starts the units that need it. Does not wait for them.</summary>
    /// <param name="later">Units that are restarted or started afterwards, by <see cref="RestartAsync"/> or otherwise.</param>
    /// <param name="alsoRestart">Units that run, and that something else than their files asks to be restarted.</param>
    public async Task ManageUnitsAsync(IReadOnlyCollection<string> later, IReadOnlyCollection<string> alsoRestart)
    {
        var (restart, start) = (Changes.Restart.Union(alsoRestart).Except(later).ToList(), Changes.Start.Except(later).ToList());
        var commands = new List<string>();
        AddIf(Changes.Reload, "systemctl daemon-reload");
        AddIf(start.Count > 0, $"{{ systemctl reset-failed -- {string.Join(' ', start)} 2>/dev/null || true; }}");
        AddIf(restart.Count > 0, $"systemctl restart --no-block -- {string.Join(' ', restart)}");
        AddIf(start.Count > 0, $"systemctl start --no-block -- {string.Join(' ', start)}");

        // While they start. Debian's hooks for init scripts, which units of that name do not need, would take a second each.
        AddIf(Changes.Enable.Count > 0, $"SYSTEMCTL_SKIP_SYSV=1 systemctl enable --quiet --no-reload -- {string.Join(' ', Changes.Enable)}");
        if (commands.Count == 0)
        {
            return;
        }

        Tell(string.Join(", ", new[] { Words("restarting", restart), Words("starting", start) }.Where(words => words.Length > 0)) is { Length: > 0 } told ? told : "units enabled");
        commands.Add(Forget([AppliedRecord.ReloadLine, .. restart.Concat(start).Select(AppliedRecord.RestartLine)]));
        (await connection.RunAsync(string.Join(" && ", commands), cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure("could not start the units");

        void AddIf(bool condition, string command)
        {
            if (condition)
            {
                commands.Add(command);
            }
        }
    }

    /// <summary>Restarts one unit. Does not wait for it.</summary>
    public async Task RestartAsync(string unit)
    {
        Tell($"restarting {unit}");
        (await connection.RunAsync($"systemctl restart --no-block -- {unit} && {Forget([AppliedRecord.RestartLine(unit)])}", cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure($"could not restart {unit}");
    }

    /// <summary>Waits until units run and what they serve is healthy.</summary>
    /// <param name="units">Units of the tree.</param>
    /// <exception cref="StageException">Not in time, or one of them failed or restarts again and again: with its state and its last journal lines.</exception>
    public Task UntilHealthyAsync(IReadOnlyList<string> units)
    {
        IReadOnlyDictionary<string, FoundUnit>? first = null;
        NodeState? last = null;
        return new Wait(context.Clock, line => Tell(line)).UntilAsync(
            units.Count == 1 ? $"{units[0]} of {Node.Name}" : $"the {units.Count} units of {Node.Name}",
            context.Timeout,
            Interval,
            async cancellationToken =>
            {
                last = await LookAsync([], cancellationToken).ConfigureAwait(false);
                first ??= last.Units;
                return NodeHealth.Of(units, first, last, CrashLoop);
            },
            cancellationToken => EvidenceAsync(NodeHealth.Troubled(units, last!), cancellationToken),
            context.CancellationToken);
    }

    /// <summary>Whether its etcd is healthy now, whatever was found before.</summary>
    public async Task<bool> HasHealthyEtcdAsync(CancellationToken cancellationToken) => (await LookAsync([], cancellationToken).ConfigureAwait(false)).EtcdHealthy;

    private Task<NodeState> LookAsync(IEnumerable<string> paths, CancellationToken cancellationToken) =>
        NodeState.LookAsync(connection, layout, Node.IsMaster, Tree.Units, paths, cancellationToken);

    private async Task<string> EvidenceAsync(IReadOnlyList<string> units, CancellationToken cancellationToken)
    {
        var result = await connection.RunAsync(NodeProgram.CommandLine("last-words-of-units", units), shown: "bash last-words-of-units", cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.StandardOutput.TrimEnd();
    }

    private async Task SystemctlAsync(string arguments, string failure) =>
        (await connection.RunAsync($"systemctl {arguments}", cancellationToken: context.CancellationToken).ConfigureAwait(false)).ThrowOnFailure(failure);

    /// <summary>Drops lines from the node's record: what was pending is done.</summary>
    private string Forget(IEnumerable<string> lines) =>
        $"sed --in-place {string.Join(' ', lines.Select(line => $"--expression='/^{line}$/d'"))} -- {LocalCommand.Quoted(layout.Root + NodeLayout.Applied)}";

    private void Tell(string message) => context.Reporter.Info(message, Node.Name);

    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    private static string Words(string verb, List<string> units) => units.Count == 0 ? "" : $"{verb} {string.Join(' ', units)}";
}
