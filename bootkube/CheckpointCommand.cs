using Bootkube.Checkpoint;
using KubePivot;
using KubePivot.Files;
using KubePivot.Waiting;

namespace Bootkube;

/// <summary>
/// <c>bootkube checkpoint</c>: keeps copies of the pods that must come back without an API, and runs them while there is none. Two may
/// run on a node, one of them from a copy: whoever has the lock works, the other waits.
/// </summary>
internal sealed class CheckpointCommand(CommandLine line, Journal journal, TimeProvider clock)
{
    /// <summary>Between two rounds while all is well.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    /// <summary>Between two rounds while something is not.</summary>
    private static readonly TimeSpan Alert = TimeSpan.FromSeconds(1);

    /// <summary>A runtime that is silent for so long may have another socket by now, which only a new container is given.</summary>
    private static readonly TimeSpan RuntimePatience = TimeSpan.FromMinutes(1);

    private readonly CheckpointOptions options = line.Checkpoint;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var heartbeat = new Heartbeat(options.Heartbeat, clock);
        using var alone = await WaitForTurnAsync(heartbeat, cancellationToken);
        journal.Tell($"Keeping the copies of {options.NodeName}.");
        using var api = new NodeApi(On(options.Kubeconfig), options.NodeName, clock);
        using var runtime = new ContainerRuntime(On(options.RuntimeSocket));
        var checkpointer = new Checkpointer(api, runtime, new CopyStore(line.Root), new Decision(options.Patience, options.Grace), journal, clock);
        var heard = clock.GetTimestamp();
        while (true)
        {
            var quiet = await checkpointer.RoundAsync(cancellationToken);
            heartbeat.Beat();
            heard = runtime.Trouble == null ? clock.GetTimestamp() : heard;
            if (clock.GetElapsedTime(heard) > RuntimePatience)
            {
                throw new StageException($"The container runtime at {options.RuntimeSocket} has not answered for {Wait.Words(RuntimePatience)}: {runtime.Trouble} Ending, to be started again with its present socket.");
            }

            await Task.Delay(quiet ? Quiet : Alert, clock, cancellationToken);
        }
    }

    private string On(string path) => Path.Join(line.Root, path);

    private async Task<IDisposable> WaitForTurnAsync(Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        heartbeat.Beat();
        await using var alive = clock.CreateTimer(_ => heartbeat.Beat(), null, Quiet, Quiet);
        return await FileLock.AcquireAsync(
            On("/etc/kubernetes/pod-checkpointer.lock"),
            clock,
            Alert,
            () => journal.Tell("Another pod-checkpointer is at work on this node: waiting for its end."),
            cancellationToken);
    }
}
