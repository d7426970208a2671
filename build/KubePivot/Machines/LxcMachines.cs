using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Stages;

namespace KubePivot.Machines;

/// <summary>Containers that a killed run left in a state that Vagrant cannot go on from, and containers that nobody wants any more.</summary>
public sealed class LxcMachines(StageContext context)
{
    private readonly LxcFolder lxc = new();

    /// <summary>
    /// Makes each machine of the cluster something that <c>vagrant up</c> can start: what is half-made goes; what is complete
    /// but unknown to Vagrant (killed between the two, or <c>.vagrant</c> was deleted) is made known to it and keeps its content.
    /// </summary>
    public async Task RepairAsync()
    {
        if (context.Cluster.Nodes.Any(node => lxc.IsBroken(node.MachineName)))
        {
            // What looks half-made may be at the hands of an lxc-create that outlived its build.
            await LxcBases.AwaitTemplatesAsync(context).ConfigureAwait(false);
        }

        foreach (var node in context.Cluster.Nodes)
        {
            if (lxc.IsBroken(node.MachineName))
            {
                context.Reporter.Info("Removing a half-made machine that an interrupted run left behind", node.Name);
                await DestroyAsync(node.MachineName).ConfigureAwait(false);
            }
            else if (lxc.Exists(node.MachineName) && !IsKnownToVagrant(node))
            {
                context.Reporter.Info($"Handing the machine {node.MachineName}, which is there already, to Vagrant", node.Name);
                Directory.CreateDirectory(DataFolder(node));
                await File.WriteAllTextAsync(IdFile(node), node.MachineName, context.CancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Removes all containers of the cluster that are left, by the beginning of their names.</summary>
    public async Task DestroyLeftoversAsync(string prefix)
    {
        if (lxc.Containers(prefix).Any(lxc.IsBroken))
        {
            await LxcBases.AwaitTemplatesAsync(context).ConfigureAwait(false);
        }

        foreach (var container in lxc.Containers(prefix))
        {
            context.Reporter.Info($"Removing the machine {container}");
            await DestroyAsync(container).ConfigureAwait(false);
        }
    }

    private async Task DestroyAsync(string container)
    {
        var destroyed = await LocalCommand.RunAsync("lxc-destroy", ["--force", "--name", container], cancellationToken: context.CancellationToken).ConfigureAwait(false);
        if (!Directory.Exists(lxc.FolderOf(container)))
        {
            return;
        }

        // LXC refuses to touch what it does not take for a container. What runs has been stopped by now, or must stay.
        if (lxc.Running().ContainsKey(container))
        {
            destroyed.ThrowOnFailure($"The machine {container} could not be removed");
        }

        Directory.Delete(lxc.FolderOf(container), recursive: true);
    }

    private bool IsKnownToVagrant(Node node) => File.Exists(IdFile(node)) && File.ReadAllText(IdFile(node)) == node.MachineName;

    private string IdFile(Node node) => Path.Combine(DataFolder(node), "id");

    private string DataFolder(Node node) => Vagrant.DataFolder(context.Paths, context.Cluster.Provider.VagrantName(), node.Name);
}
