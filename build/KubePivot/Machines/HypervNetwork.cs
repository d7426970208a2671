using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Stages;

namespace KubePivot.Machines;

/// <summary>
/// The build host's way to Hyper-V machines. Vagrant cannot give them fixed addresses, so each gets one beside that of the Default
/// Switch's DHCP (see the Vagrantfile); the host needs one of the same range on its end of the switch.
/// </summary>
/// <remarks>https://learn.microsoft.com/powershell/module/nettcpip/new-netipaddress; needs an administrator, as Hyper-V does.</remarks>
public sealed class HypervNetwork(StageContext context)
{
    private const string Interface = "vEthernet (Default Switch)";

    private Cluster Cluster => context.Cluster;

    public async Task EnsureAsync()
    {
        if (!await IsThereAsync().ConfigureAwait(false))
        {
            context.Reporter.Info($"Adding the address {Cluster.Gateway}/{Cluster.NodeNetwork.PrefixLength} to '{Interface}'");
            (await PowerShellAsync($"New-NetIPAddress -InterfaceAlias '{Interface}' -IPAddress {Cluster.Gateway} -PrefixLength {Cluster.NodeNetwork.PrefixLength} | Out-Null").ConfigureAwait(false))
                .ThrowOnFailure($"The machines' network could not be reached through '{Interface}'", "Start the build as administrator.");
        }
    }

    public async Task RemoveAsync()
    {
        if (await IsThereAsync().ConfigureAwait(false))
        {
            (await PowerShellAsync($"Remove-NetIPAddress -IPAddress {Cluster.Gateway} -Confirm:$false").ConfigureAwait(false))
                .ThrowOnFailure($"The address {Cluster.Gateway} could not be removed from '{Interface}'", "Start the build as administrator.");
        }
    }

    private async Task<bool> IsThereAsync()
    {
        var found = await PowerShellAsync($"@(Get-NetIPAddress -IPAddress {Cluster.Gateway} -ErrorAction SilentlyContinue).Count").ConfigureAwait(false);
        return found.Succeeded && found.StandardOutput.Trim() is not ("" or "0");
    }

    private Task<CommandResult> PowerShellAsync(string command) => LocalCommand.RunAsync(
        "powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", command], cancellationToken: context.CancellationToken);
}
