using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.HostPackages;
using KubePivot.Stages;

namespace KubePivot.Machines;

/// <summary>The programs that machines need on the build host. Missing ones are installed where apt can do it; elsewhere the error names them.</summary>
public static class HostTools
{
    private const string Plugin = "vagrant-lxc";

    private static readonly (string Program, string Package)[] ForAll = [("vagrant", "vagrant")];

    private static readonly (string Program, string Package)[] ForLxc =
    [
        ("flock", "util-linux"), ("ip", "iproute2"), ("iptables", "iptables"), ("lxc-create", "lxc"), ("ssh-keygen", "openssh-client"), ("sudo", "sudo"), ("vagrant", "vagrant"),
    ];

    /// <summary>The Debian packages that are missing for a provider's machines; pure.</summary>
    /// <param name="hasProgram">Whether a program is on the PATH.</param>
    /// <param name="hasPlugin">Whether a Vagrant plugin is installed.</param>
    public static IReadOnlyList<string> MissingPackages(MachineProvider provider, Func<string, bool> hasProgram, Func<string, bool> hasPlugin)
    {
        var isLxc = provider == MachineProvider.Lxc;
        var missing = (isLxc ? ForLxc : ForAll).Where(tool => !hasProgram(tool.Program)).Select(tool => tool.Package);
        return [.. isLxc && !hasPlugin(Plugin) ? missing.Append(Plugin) : missing];
    }

    /// <exception cref="StageException">Something is missing and cannot be installed here: says what, and how to get it.</exception>
    public static async Task EnsureAsync(StageContext context)
    {
        var missing = MissingPackages(context.Cluster.Provider, program => LocalCommand.Find(program) != null, VagrantHome.HasPlugin);
        if (missing.Count == 0)
        {
            return;
        }

        if (missing is [Plugin] && !VagrantHome.IsFromSystemPackage)
        {
            throw new StageException($"Vagrant lacks the plugin for LXC machines, and was not installed by apt, which has it for its own Vagrant only. Run 'vagrant plugin install {Plugin}' and then this again.");
        }

        if (!AptPackages.CanInstall && missing.Contains("vagrant"))
        {
            throw new StageException("Vagrant is not installed, or not on the PATH. Get it from https://developer.hashicorp.com/vagrant/install and run this again.");
        }

        await new AptPackages(context).EnsureAsync(missing, "to make the machines").ConfigureAwait(false);
        var still = MissingPackages(context.Cluster.Provider, program => LocalCommand.Find(program) != null, VagrantHome.HasPlugin);
        if (still.Count > 0)
        {
            throw new StageException($"The packages {string.Join(", ", still)} are installed, but their programs are not found. Is /usr/bin on the PATH of this shell ({Environment.GetEnvironmentVariable("PATH")})?");
        }
    }
}
