using System.Diagnostics;
using KubePivot.Commands;

namespace KubePivot.EndToEnd;

/// <summary>Does to a cluster in the making what a <see cref="Fault"/> says, from the build host, which runs its machines as containers.</summary>
public sealed class FaultInjection(ThrowAwayCluster cluster)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan AfterTheEnd = TimeSpan.FromSeconds(30);

    /// <summary>Waits until the victim runs, then for its moment, then hits it. A victim that the build made no use of so far is hit after the build's end.</summary>
    /// <param name="lifetime">How long the victim runs in an undisturbed bootstrap.</param>
    /// <returns>What was said last before it was hit; null: there was nothing to be hit any more.</returns>
    public async Task<string?> HitAsync(Fault fault, RunningBuild build, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var ended = build.EndAsync(TimeSpan.FromMinutes(15));
        long? over = null;
        while (!await RunsAsync(fault))
        {
            over ??= ended.IsCompleted ? Stopwatch.GetTimestamp() : null;
            if (over is { } end && Stopwatch.GetElapsedTime(end) > AfterTheEnd)
            {
                return null;
            }

            await Task.Delay(LookAgain, cancellationToken);
        }

        await Task.Delay(lifetime * fault.Moment, cancellationToken);
        var last = build.Output.Split('\n').LastOrDefault(line => !string.IsNullOrWhiteSpace(line))?.Trim() ?? "nothing";
        return await HitAsync(fault, build, cancellationToken) ? last : null;
    }

    /// <summary>Hits a victim at once.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> HitAsync(Fault fault, RunningBuild build, CancellationToken cancellationToken)
    {
        var machine = cluster.MachineOf(fault.Node);
        switch (fault.Victim)
        {
            case Victim.Build:
                build.Kill();
                return true;
            case Victim.Machine:
                await cluster.CutPowerAsync(fault.Node);
                return true;
            case Victim.Network:
                var cable = await CableOfAsync(machine);
                (await LocalCommand.RunAsync("ip", ["link", "set", "dev", cable, "down"], cancellationToken: cancellationToken)).ThrowOnFailure("the cable could not be pulled");
                try
                {
                    await Task.Delay(fault.Outage, cancellationToken);
                }
                finally
                {
                    (await LocalCommand.RunAsync("ip", ["link", "set", "dev", cable, "up"], cancellationToken: CancellationToken.None)).ThrowOnFailure("the cable could not be put back");
                }

                return true;
            default:
                return (await InMachineAsync(machine, "pkill", "-KILL", "-x", ProgramOf(fault.Victim))).Succeeded;
        }
    }

    private async Task<bool> RunsAsync(Fault fault) => fault.Victim switch
    {
        Victim.Build => true,
        Victim.Machine or Victim.Network => await CableOfAsync(cluster.MachineOf(fault.Node)) != "",
        _ => (await InMachineAsync(cluster.MachineOf(fault.Node), "pgrep", "-x", ProgramOf(fault.Victim))).Succeeded,
    };

    private static string ProgramOf(Victim victim) => victim switch
    {
        Victim.NodeProgram => "bootkube",
        Victim.Etcd => "etcd",
        Victim.Kubelet => "kubelet",
        Victim.ApiServer => "kube-apiserver",
        _ => throw new ArgumentOutOfRangeException(nameof(victim), victim, "is no program on a node"),
    };

    /// <summary>The build host's end of a running machine's cable; empty: it does not run.</summary>
    private static async Task<string> CableOfAsync(string machine) =>
        (await LocalCommand.RunAsync("lxc-info", ["--name", machine, "--no-humanize"])).StandardOutput.Split('\n')
            .FirstOrDefault(line => line.StartsWith("Link:", StringComparison.Ordinal))?["Link:".Length..].Trim() ?? "";

    private static Task<CommandResult> InMachineAsync(string machine, params string[] command) =>
        LocalCommand.RunAsync("lxc-attach", ["--name", machine, "--", .. command]);
}
