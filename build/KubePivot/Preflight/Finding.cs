namespace KubePivot.Preflight;

/// <summary>Something that is not as a cluster needs it, found before anything was changed.</summary>
/// <param name="Check">Name of the check, one of <see cref="CheckNames"/>: what <c>--ignore-preflight</c> takes.</param>
/// <param name="Where">Name of the node; null: the build host.</param>
/// <param name="Observed">What was seen, as in <c>has 1024 MiB of memory</c>: goes on from the place.</param>
/// <param name="Expected">What it should be, and why.</param>
/// <param name="Remedy">What to do.</param>
public sealed record Finding(string Check, string? Where, string Observed, string Expected, string Remedy)
{
    /// <summary>It is told, and stops nothing.</summary>
    public bool IsWarning { get; init; }

    /// <summary>The remedy lies in cluster.yaml or in the call, not in a machine.</summary>
    public bool IsInput { get; init; }

    /// <summary>On one line, with the name in front as kubeadm writes it.</summary>
    public override string ToString() =>
        $"[{(IsWarning ? "WARNING" : "ERROR")} {Check}] {Where ?? "this host"} {Observed}; expected {Expected}. {Remedy}";
}
