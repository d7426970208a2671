using KubePivot.Configuration;
using KubePivot.Machines;

namespace KubePivot.Stages;

/// <summary>
/// Takes the cluster away: machines, their network on this host, changed settings of this host, markers, pinned host keys. The PKI
/// and the SSH key stay, unless everything is to go. Works however much of it is there, and without Vagrant too.
/// </summary>
/// <param name="purge">Removes <c>.cluster</c> as a whole, the PKI with it; asks before it does.</param>
public sealed class DestroyStage(StageContext context, bool purge, Confirmation confirmation)
{
    private ClusterPaths Paths => context.Paths;

    /// <exception cref="InvalidInputException">Everything is to go, and nobody said yes. Nothing was changed.</exception>
    public async Task RunAsync()
    {
        if (purge)
        {
            confirmation.ThrowUnlessGiven(
                $"Delete the machines and {Paths.State}, with the cluster's certificate authorities and keys, which cannot be got back?", "Without --purge, keys and certificates stay.");
        }

        var provider = MachinesFile.LoadIfPresent(Paths)?.Provider ?? context.Cluster.Provider.VagrantName();
        var isExisting = provider == MachineProvider.Existing.VagrantName();

        // First of all: whatever happens below, nothing may take the stages for done.
        DeleteFolder(Paths.Markers, keep: "*.skip");
        if (!isExisting)
        {
            using (context.Reporter.Step("remove the machines"))
            {
                await DestroyMachinesAsync().ConfigureAwait(false);
            }

            await RemoveNetworkAsync(provider).ConfigureAwait(false);
        }
        else
        {
            context.Reporter.Info("The machines are not ours (provider existing): they are left as they are");
        }

        foreach (var file in new[] { Paths.KnownHosts, Paths.Kubeconfig, Paths.MachinesFile, Paths.KubernetesSource, LxcEvidence.StartLog(Paths), Vagrant.LockFile(Paths) })
        {
            if (File.Exists(file))
            {
                File.Delete(file);
            }
        }

        if (purge)
        {
            DeleteFolder(Paths.State);
            context.Reporter.Info("Removed .cluster with all keys and certificates");
        }
    }

    private async Task DestroyMachinesAsync()
    {
        await new Vagrant(context).AwaitEarlierRunAsync().ConfigureAwait(false);
        var recorded = MachinesFile.LoadIfPresent(Paths);
        if (recorded != null && Vagrant.IsInstalled && File.Exists(Paths.Vagrantfile) && Directory.Exists(Path.Combine(Paths.Root, ".vagrant", "machines")))
        {
            var result = await new Vagrant(context).RunAsync("destroy", "--force", "--parallel").ConfigureAwait(false);
            if (recorded.Provider != MachineProvider.Lxc.VagrantName())
            {
                result.ThrowOnFailure("Vagrant could not destroy the machines", "Nothing else was removed. Mend what it says, and run ./build.sh Destroy again.");
            }
        }

        var prefixes = (recorded?.Machines ?? []).Select(machine => machine.MachineName[..^machine.Name.Length]).Append($"{context.Cluster.UniqueName}-");
        foreach (var prefix in OperatingSystem.IsLinux() ? prefixes.Distinct() : [])
        {
            await new LxcMachines(context).DestroyLeftoversAsync(prefix).ConfigureAwait(false);
        }

        DeleteFolder(Path.Combine(Paths.Root, ".vagrant"));
    }

    /// <summary>Whatever the provider is now: a bridge may be left of an earlier one.</summary>
    private async Task RemoveNetworkAsync(string provider)
    {
        await new HostNetwork(context).RemoveAsync().ConfigureAwait(false);
        if (provider == MachineProvider.Hyperv.VagrantName())
        {
            await new HypervNetwork(context).RemoveAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Deletes a folder if it is there.</summary>
    /// <param name="keep">Files that stay, and the folder with them.</param>
    private static void DeleteFolder(string folder, string? keep = null)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        if (keep == null || !Directory.EnumerateFiles(folder, keep).Any())
        {
            Directory.Delete(folder, recursive: true);
            return;
        }

        foreach (var file in Directory.EnumerateFiles(folder).Except(Directory.EnumerateFiles(folder, keep)))
        {
            File.Delete(file);
        }
    }
}
