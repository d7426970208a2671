using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Ssh;
using KubePivot.Stages;

namespace KubePivot.Nodes;

/// <summary>The bootstrap master on one connection: what StartBootkube asks of it.</summary>
internal sealed class BootstrapMaster(StageContext context, Node node, NodeConnection connection)
{
    private readonly NodeLayout layout = context.LayoutOf(node);

    private const string Unit = "bootkube.service";

    private const string Bootkube = "/opt/bootkube/bin/bootkube";

    public NodeConnection Connection => connection;

    public async Task<BootkubeState> LookAsync(CancellationToken cancellationToken)
    {
        var result = await connection.RunAsync(NodeProgram.CommandLine("look-at-bootkube", layout.Root), shown: "bash look-at-bootkube", cancellationToken: cancellationToken).ConfigureAwait(false);
        try
        {
            return BootkubeState.Parse(result.ThrowOnFailure("could not look at bootkube.service").StandardOutput);
        }
        catch (FormatException exception)
        {
            throw new StageException($"{node.Name}: could not look at {Unit}: {exception.Message}.{Environment.NewLine}{result.StandardError.TrimEnd()}", exception);
        }
    }

    /// <summary>Starts the unit, or joins it if it starts already, and shows its journal until systemd says how it ended.</summary>
    /// <param name="verb">Of systemctl: start, or restart.</param>
    public async Task RunUnitAsync(string verb, UnitJournal journal, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var following = journal.FollowAsync(connection, ending.Token);

        // Without --no-block: systemctl returns when the start has come to its end, which is the event that we wait for.
        var starting = connection.RunAsync($"systemctl reset-failed {Unit} 2>/dev/null; exec systemctl {verb} {Unit}", cancellationToken: cancellationToken);
        if (await Task.WhenAny(starting, following).ConfigureAwait(false) == following)
        {
            await following.ConfigureAwait(false);
        }

        // Its exit code only repeats what the unit's state says better.
        await starting.ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        try
        {
            await following.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // As asked for.
        }

        await journal.CatchUpAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Applies the asset tree to the running cluster and waits until it has taken effect.</summary>
    public async Task ApplyAsync(TimeSpan bound, CancellationToken cancellationToken)
    {
        var result = await connection.RunAsync(
            $"exec {LocalCommand.Quoted(layout.Root + Bootkube)} apply --asset-dir={LocalCommand.Quoted(layout.Root + "/opt/bootkube/assets")} --timeout={Math.Max(1, (int)bound.TotalSeconds)}s",
            onLine: line => context.Reporter.Info(line, node.Name),
            cancellationToken: cancellationToken).ConfigureAwait(false);
        result.ThrowOnFailure("could not apply the changed assets to the cluster", "Nothing was taken back: ./build.sh StartBootkube applies them again.");
    }

    /// <summary>Notes from which assets the cluster was made, and that its bootstrap is done.</summary>
    public async Task NoteAppliedAsync(string assets, CancellationToken cancellationToken)
    {
        var (note, done) = ($"{layout.Root}/var/lib/kubepivot/bootkube-assets", $"{layout.Root}/opt/bootkube/init_bootkube.done");
        (await connection.RunAsync(
            $"umask 077; mkdir -p '{Path.GetDirectoryName(note)}' && echo {assets} >'{note}.new' && mv -T '{note}.new' '{note}' && {{ [ -e '{done}' ] || touch '{done}'; }}",
            cancellationToken: cancellationToken).ConfigureAwait(false)).ThrowOnFailure("could not note that the bootstrap is done");
    }

    /// <summary>What may explain a failure; never fails itself.</summary>
    public async Task<string> EvidenceAsync()
    {
        try
        {
            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(20), context.Clock);
            var result = await connection.RunAsync(NodeProgram.CommandLine("bootkube-evidence", layout.Root), shown: "bash bootkube-evidence", cancellationToken: bound.Token).ConfigureAwait(false);
            return string.Join(Environment.NewLine, result.StandardOutput.TrimEnd().Split('\n').Select(line => $"  {line}"));
        }
        catch (Exception exception) when (exception is StageException or OperationCanceledException)
        {
            return $"  (no evidence could be gathered: {exception.Message.Split('\n')[0].TrimEnd()})";
        }
    }

    /// <summary>The words for a bootstrap that did not come to its end.</summary>
    public async Task<StageException> FailureAsync(string what, UnitJournal journal) => new(
        $"""
        {node.Name}: {what}
          Last line of its journal: {journal.LastLine ?? "(none)"}
        {await EvidenceAsync().ConfigureAwait(false)}
        The temporary control plane was left as it is. ./build.sh StartBootkube goes on from there; on {node.Name}, journalctl --unit={Unit} has all of it.
        """);
}
