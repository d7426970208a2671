using KubePivot.Commands;
using KubePivot.Files;
using KubePivot.Stages;

namespace KubePivot.Machines;

/// <summary>Runs Vagrant for the cluster's checkout, with its lines shown as they come.</summary>
public sealed class Vagrant(StageContext context)
{
    public static bool IsInstalled => LocalCommand.Find("vagrant") != null;

    /// <summary>Folder in which Vagrant keeps what it knows of a machine. The default one, so that <c>vagrant ssh</c> in the checkout works.</summary>
    public static string DataFolder(ClusterPaths paths, string provider, string node) => Path.Combine(paths.Root, ".vagrant", "machines", node, provider);

    /// <summary>Held as long as Vagrant runs for this cluster.</summary>
    public static string LockFile(ClusterPaths paths) => Path.Combine(paths.State, "vagrant.lock");

    /// <summary>Runs a Vagrant command; a failure is a result.</summary>
    public async Task<CommandResult> RunAsync(params IEnumerable<string> arguments)
    {
        AtomicFile.CreateSecretFolder(context.Paths.State);
        await AwaitEarlierRunAsync().ConfigureAwait(false);
        var (program, words) = Serialized(arguments);
        var result = await LocalCommand.RunAsync(program, words, context.Paths.Root, Environment(), onLine: Show, cancellationToken: context.CancellationToken).ConfigureAwait(false);
        return result with { Command = $"vagrant {string.Join(' ', arguments.Select(LocalCommand.Quoted))}" };
    }

    /// <summary>Waits for a Vagrant that a killed build left at work on this cluster's machines.</summary>
    public async Task AwaitEarlierRunAsync()
    {
        if (File.Exists(LockFile(context.Paths)))
        {
            (await FileLock.AcquireAsync(
                LockFile(context.Paths),
                context.Clock,
                () => context.Reporter.Info("Waiting for Vagrant, which an interrupted run left at work"),
                context.CancellationToken).ConfigureAwait(false)).Dispose();
        }
    }

    /// <summary>
    /// A Vagrant that outlives a killed build goes on for a while: the next one waits for it, instead of finding half-made
    /// machines that still change. The lock is held by flock itself (<c>-o</c>) and not by what Vagrant starts.
    /// </summary>
    private (string Program, IEnumerable<string> Arguments) Serialized(IEnumerable<string> arguments) =>
        LocalCommand.Find("flock") is { } flock
            ? (flock, ["-o", LockFile(context.Paths), "vagrant", .. arguments])
            : ("vagrant", arguments);

    private Dictionary<string, string?> Environment() => new()
    {
        ["KUBEPIVOT_MACHINES"] = context.Paths.MachinesFile,
        ["VAGRANT_CHECKPOINT_DISABLE"] = "1",
        ["VAGRANT_CWD"] = null,
        ["VAGRANT_VAGRANTFILE"] = null,
        ["LXC_START_LOG_FILE"] = LxcEvidence.StartLog(context.Paths),
    };

    private void Show(string line)
    {
        var shown = VagrantLine.Parse(line);
        if (shown.Text.Length == 0)
        {
            return;
        }

        if (shown.IsDetail)
        {
            context.Reporter.Detail(shown.Text, shown.Node);
        }
        else
        {
            context.Reporter.Info(shown.Text, shown.Node);
        }
    }
}
