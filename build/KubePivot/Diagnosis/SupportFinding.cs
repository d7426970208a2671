namespace KubePivot.Diagnosis;

/// <summary>Something that is not as it should be, seen directly.</summary>
/// <param name="Where">Name of the node; null: the cluster, or the build host.</param>
/// <param name="What">Goes on from the place, as in <c>does not answer: connection refused</c>.</param>
/// <param name="Remedy">What to do; null: the causes say it.</param>
public sealed record SupportFinding(string? Where, string What, string? Remedy = null)
{
    public override string ToString() => $"{(Where == null ? "" : $"{Where} ")}{What}{(Remedy == null ? "" : $". {Remedy}")}";
}
