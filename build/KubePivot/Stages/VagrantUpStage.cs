using KubePivot.Configuration;
using KubePivot.Machines;
using KubePivot.Ssh;

namespace KubePivot.Stages;

/// <summary>The machines run, accept the cluster's SSH key and no other, and their host keys are pinned. Machines that run are not touched.</summary>
/// <param name="lxcBox">Gives the file of the lxc box, making it if need be; asked only for provider lxc.</param>
public sealed class VagrantUpStage(StageContext context, Func<Task<string>> lxcBox)
{
    private Cluster Cluster => context.Cluster;

    private bool IsLxc => Cluster.Provider == MachineProvider.Lxc;

    public async Task RunAsync()
    {
        if (Cluster.Provider != MachineProvider.Existing)
        {
            await MakeMachinesAsync().ConfigureAwait(false);
        }

        await new HostKeyRecorder(context).RecordAsync().ConfigureAwait(false);
        using (context.Reporter.Step("log in over SSH"))
        {
            await Task.WhenAll(Cluster.Nodes.Select(LogInAsync)).ConfigureAwait(false);
        }
    }

    private async Task MakeMachinesAsync()
    {
        var before = MachinesFile.LoadIfPresent(context.Paths);
        var present = before?.Machines.Where(machine => MachineStates.IsMade(context.Paths, before.Provider, machine)).ToList() ?? [];
        ThrowIfMadeOtherwise(present, before?.Provider ?? "");
        await HostTools.EnsureAsync(context).ConfigureAwait(false);
        await new Vagrant(context).AwaitEarlierRunAsync().ConfigureAwait(false);
        SshKey.EnsureExists(context.Paths, Cluster.UniqueName);
        var box = await BoxAsync().ConfigureAwait(false);
        MachinesFile.Of(Cluster, box, NodePackages.All, context.Timeout).Keeping(present).Save(context.Paths);
        WarnOfMachinesWithoutNode(present);
        if (IsLxc)
        {
            await new HostNetwork(context).EnsureAsync().ConfigureAwait(false);
            Resolvers.Save(context);
            await new LxcMachines(context).RepairAsync().ConfigureAwait(false);
        }
        else if (Cluster.Provider == MachineProvider.Hyperv)
        {
            await new HypervNetwork(context).EnsureAsync().ConfigureAwait(false);
        }

        var states = MachineStates.Look(Cluster, context.Paths);
        new HostKeyRecorder(context).Forget(Cluster.Nodes.Where(node => states[node.Name] == MachineState.Absent));
        var needed = Cluster.Nodes.Where(node => states[node.Name] != MachineState.Running).Select(node => node.Name).ToList();
        if (needed.Count == 0)
        {
            context.Reporter.Info("All machines run");
            return;
        }

        using (context.Reporter.Step($"vagrant up {string.Join(' ', needed)}"))
        {
            await UpAsync(needed).ConfigureAwait(false);
        }
    }

    private async Task UpAsync(IReadOnlyList<string> nodes)
    {
        LxcEvidence.Clear(Cluster, context.Paths);
        var result = await new Vagrant(context).RunAsync(["up", $"--provider={Cluster.Provider.VagrantName()}", .. nodes]).ConfigureAwait(false);
        var evidence = result.Succeeded || !IsLxc ? "" : LxcEvidence.Collect(Cluster, context.Paths);
        result.ThrowOnFailure(
            "Vagrant could not start the machines",
            $"{(evidence.Length == 0 ? "" : $"  LXC says:{evidence}{Environment.NewLine}")}Machines that were started keep running; ./build.sh VagrantUp goes on from here, ./build.sh Destroy takes them away.");
    }

    private async Task<string> BoxAsync()
    {
        if (!IsLxc)
        {
            return Cluster.Spec.Machines.Box;
        }

        var file = await lxcBox().ConfigureAwait(false);
        using (context.Reporter.Step("add the box to Vagrant"))
        {
            return await new VagrantBoxes(context).EnsureAddedAsync(file, Cluster.Provider.VagrantName()).ConfigureAwait(false);
        }
    }

    private async Task LogInAsync(Node node)
    {
        await using var connection = await NodeConnection.ConnectAsync(context, node, context.Timeout).ConfigureAwait(false);
        (await connection.RunAsync("true", cancellationToken: context.CancellationToken).ConfigureAwait(false)).ThrowOnFailure("The first command on the machine failed");
    }

    /// <summary>A cluster that was renamed, or given another provider, would leave its machines behind, running and unknown.</summary>
    private void ThrowIfMadeOtherwise(IReadOnlyList<MachineEntry> left, string provider)
    {
        var foreign = left.Where(machine => provider != Cluster.Provider.VagrantName() || machine.MachineName != $"{Cluster.UniqueName}-{machine.Name}").ToList();
        if (foreign.Count > 0)
        {
            throw new InvalidInputException(
                $"The machines {string.Join(", ", foreign.Select(machine => machine.MachineName))} of this checkout were made by provider {provider}, and not as {Cluster.UniqueName} by provider {Cluster.Provider.VagrantName()}. Run ./build.sh Destroy, which removes them, and then ./build.sh Bootstrap.");
        }
    }

    private void WarnOfMachinesWithoutNode(IEnumerable<MachineEntry> present)
    {
        foreach (var machine in present.Where(machine => Cluster.Nodes.All(node => node.Name != machine.Name)))
        {
            context.Reporter.Warning($"{machine.Name} is no longer in the cluster file; its machine {machine.MachineName} stays until RemoveNodes, a part of Bootstrap, takes it away");
        }
    }
}
