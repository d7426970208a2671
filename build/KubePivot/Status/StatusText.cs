namespace KubePivot.Status;

/// <summary>A status report for people.</summary>
public static class StatusText
{
    /// <summary>So many certificates are listed; those that are due always are.</summary>
    private const int ShownCertificates = 5;

    public static IEnumerable<string> Lines(StatusReport report)
    {
        var (cluster, api) = (report.Cluster, report.Api);
        yield return $"Cluster {cluster.Name}: {report.Machines.Count} machines by {cluster.Provider}, Kubernetes {cluster.Release}";
        yield return $"  API at {cluster.Endpoint}: {(api.Version == null ? $"does not answer ({api.Trouble})" : $"answers, {api.Version}")}";
        yield return $"  kubeconfig: {cluster.Kubeconfig ?? "not there yet"}";
        var sections = new (string Title, IEnumerable<string[]> Rows)[]
        {
            ("Targets, in the next Bootstrap", report.Targets.Select(target => new[] { target.Name, target.IsSkipped ? "skipped" : "runs", target.Reason })),
            ("Machines", report.Machines.Select(machine => new[] { machine.Name, machine.Role, machine.Address, machine.State, machine.MachineName })),
            ("Nodes", api.Nodes.Select(node => new[] { node.Name, node.Trouble ?? "Ready", node.Kubelet ?? "" })),
            (PodsTitle(api), api.PodsInTrouble.Select(pod => new[] { $"{pod.Namespace}/{pod.Name}", pod.Ready, pod.Status, $"{pod.Restarts} restarts" })),
            (CertificatesTitle(report), Shown(report).Select(certificate => new[] { certificate.Name, $"{certificate.NotAfter:yyyy-MM-dd}", Left(certificate) })),
            (report.UnfinishedRotations.Count == 0 ? "" : "Rotations that are not finished", report.UnfinishedRotations.Select(rotation => new[] { rotation.What, rotation.State, $"goes on with {rotation.Command}" })),
        };
        foreach (var line in sections.Where(section => section.Title.Length > 0).SelectMany(section => Section(section.Title, [.. section.Rows])))
        {
            yield return line;
        }
    }

    private static IEnumerable<string> Section(string title, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0)
        {
            return title.EndsWith('.') ? ["", title] : [];
        }

        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        return ["", title.EndsWith('.') ? $"{title[..^1]}:" : title, .. rows.Select(row => $"  {string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])))}".TrimEnd())];
    }

    private static string PodsTitle(ApiStatus api) =>
        api.Version == null ? "" : $"{api.PodCount - api.PodsInTrouble.Count} of {api.PodCount} pods Running and Ready.";

    private static string CertificatesTitle(StatusReport report) =>
        report.Certificates.Count == 0 ? "No certificates yet." : $"{report.Certificates.Count} certificates, those that end first.";

    private static IEnumerable<CertificateStatus> Shown(StatusReport report) =>
        report.Certificates.Where((certificate, index) => certificate.IsDue || index < ShownCertificates);

    private static string Left(CertificateStatus certificate) =>
        (certificate.DaysLeft < 0 ? $"expired {-certificate.DaysLeft} days ago" : $"{certificate.DaysLeft} days left") + (certificate.IsDue ? $", due: {certificate.Remedy}" : "");
}
