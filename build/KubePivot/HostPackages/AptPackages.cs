using KubePivot.Commands;
using KubePivot.Stages;

namespace KubePivot.HostPackages;

/// <summary>Debian packages on the build host. Missing ones are installed, after saying so, where that is possible; elsewhere the error names them.</summary>
public sealed class AptPackages(StageContext context)
{
    private static readonly Dictionary<string, string?> Quiet = new() { ["DEBIAN_FRONTEND"] = "noninteractive", ["LC_ALL"] = "C.UTF-8" };

    /// <summary>Whether this process may install packages here: Debian or a descendant, and root.</summary>
    public static bool CanInstall => Environment.UserName == "root" && File.Exists("/etc/debian_version") && LocalCommand.Find("apt-get") != null;

    /// <summary>Makes sure that packages are installed.</summary>
    /// <param name="purpose">What they are needed for, as in <c>to compile Kubernetes</c>.</param>
    /// <param name="startServices">False: services among them are installed but not started.</param>
    /// <exception cref="StageException">Some are missing and cannot be installed here; or apt failed, with its own words.</exception>
    public async Task EnsureAsync(IReadOnlyCollection<string> packages, string purpose, bool startServices = true)
    {
        var missing = packages.Count == 0 ? [] : await MissingAsync(packages).ConfigureAwait(false);
        if (missing.Count == 0)
        {
            return;
        }

        if (!CanInstall)
        {
            throw new StageException(
                $"{string.Join(", ", missing)} must be installed {purpose}, and this build can do so only on Debian as root. Install them and run this again: apt-get install {string.Join(' ', missing)}");
        }

        context.Reporter.Info($"Installing with apt {purpose}: {string.Join(' ', missing)}");
        using var step = context.Reporter.Step($"apt-get install {string.Join(' ', missing)}");
        if (!Directory.EnumerateFiles("/var/lib/apt/lists").Any(file => file.EndsWith("_Packages", StringComparison.Ordinal) || file.EndsWith(".lz4", StringComparison.Ordinal)))
        {
            await UpdateAsync().ConfigureAwait(false);
        }

        using var quiet = startServices ? null : new ServicesStayStopped();
        var install = await InstallAsync(missing).ConfigureAwait(false);
        if (!install.Succeeded)
        {
            // Package lists of yesterday name files that the mirror has replaced since.
            await UpdateAsync().ConfigureAwait(false);
            install = await InstallAsync(missing).ConfigureAwait(false);
        }

        install.ThrowOnFailure($"apt could not install {string.Join(", ", missing)}", "Does this machine reach Debian's packages? Try the command by hand.");
    }

    private async Task<List<string>> MissingAsync(IReadOnlyCollection<string> packages)
    {
        if (LocalCommand.Find("dpkg-query") == null)
        {
            return [.. packages];
        }

        var query = await LocalCommand.RunAsync("dpkg-query", ["--show", "--showformat", "${Package} ${db:Status-Status}\\n", .. packages], cancellationToken: context.CancellationToken).ConfigureAwait(false);
        var installed = query.StandardOutput.Split('\n').Where(line => line.EndsWith(" installed", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]);
        return [.. packages.Except(installed)];
    }

    private async Task UpdateAsync() =>
        (await AptGetAsync("update").ConfigureAwait(false)).ThrowOnFailure("apt could not read the package lists", "Does this machine reach Debian's packages?");

    private Task<CommandResult> InstallAsync(IEnumerable<string> packages) => AptGetAsync(["install", "--yes", "--no-install-recommends", .. packages]);

    private Task<CommandResult> AptGetAsync(params string[] arguments) => LocalCommand.RunAsync(
        "apt-get", ["--quiet", "--option", "DPkg::Lock::Timeout=600", .. arguments], environment: Quiet, onLine: line => context.Reporter.Detail(line), cancellationToken: context.CancellationToken);
}
