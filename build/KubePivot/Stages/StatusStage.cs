using KubePivot.Configuration;
using KubePivot.Kubernetes;
using KubePivot.Machines;
using KubePivot.Pki;
using KubePivot.Resuming;
using KubePivot.Status;

namespace KubePivot.Stages;

/// <summary>Shows what exists, what runs, what would be skipped and why. Changes nothing, and works with nothing there.</summary>
/// <param name="release">The Kubernetes release in use, as in <c>v1.20.2 from debian</c>; it may throw what says why that is not known.</param>
/// <param name="json">One JSON object instead of text.</param>
/// <param name="output">Default is standard output.</param>
public sealed class StatusStage(StageContext context, MarkerStore markers, TargetInputs inputs, Func<string> release, bool json = false, TextWriter? output = null)
{
    public async Task RunAsync()
    {
        var report = await LookAsync().ConfigureAwait(false);
        var text = json ? report.ToJson() : string.Join(Environment.NewLine, StatusText.Lines(report));
        await (output ?? Console.Out).WriteLineAsync(text).ConfigureAwait(false);
    }

    private async Task<StatusReport> LookAsync()
    {
        var api = ApiLook.LookAsync(context); // Takes longest; the rest is done meanwhile.
        var cluster = context.Cluster;
        var kubeconfig = File.Exists(context.Paths.Kubeconfig) ? context.Paths.Kubeconfig : null;
        return new StatusReport(
            new ClusterStatus(cluster.Spec.Name, Choices.Provider.NameOf(cluster.Provider), Known(release), cluster.ControlPlaneEndpoint, cluster.VirtualAddress, kubeconfig),
            TargetStatuses.Of(markers, inputs),
            Machines(),
            await api.ConfigureAwait(false),
            [.. PkiState.Expiries(context.Paths, context.Clock).Select(expiry => new CertificateStatus(expiry.Name, expiry.NotAfter, expiry.DaysLeft, expiry.IsDue, Remedy(expiry)))],
            UnfinishedRotation.Find(context.Paths, cluster));
    }

    private static string? Remedy(CertificateExpiry expiry) =>
        !expiry.IsDue ? null
        : !expiry.IsAuthority ? "./build.sh RenewCertificates"
        // With an expired authority no API answers, which the rotation of a running cluster needs.
        : expiry.DaysLeft < 0 ? "./build.sh GeneratePki --rotate-ca, then ./build.sh Bootstrap"
        : "./build.sh RenewCertificates --rotate-ca";

    private IReadOnlyList<MachineStatus> Machines()
    {
        IReadOnlyDictionary<string, MachineState>? states = null;
        var trouble = Known(() =>
        {
            states = MachineStates.Look(context.Cluster, context.Paths);
            return "";
        });
        return [.. context.Cluster.Nodes.Select(node => new MachineStatus(
            node.Name,
            node.MachineName,
            node.IsBootstrap ? "bootstrap master" : node.IsMaster ? "master" : "worker",
            node.Address,
            states == null ? trouble : states[node.Name].ToString().ToLowerInvariant()))];
    }

    private static string Known(Func<string> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception exception) when (exception is StageException or IOException or UnauthorizedAccessException)
        {
            return $"unknown: {exception.Message}";
        }
    }
}
