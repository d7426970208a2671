namespace Bootkube.Checkpoint;

/// <summary>What is known of the API at one moment.</summary>
internal enum ApiState
{
    /// <summary>Nobody answers, or only to say that the server cannot.</summary>
    Away,

    /// <summary>Somebody answers, but does not tell which pods there are: nothing follows from that.</summary>
    Unclear,

    /// <summary>It tells which pods are bound to this node.</summary>
    Answers,
}

/// <summary>All that a decision is made from: one look at the API, the container runtime and the disk.</summary>
internal sealed record Situation
{
    public required ApiState Api { get; init; }

    /// <summary>Since when the API has been away; zero if it is not.</summary>
    public TimeSpan AwayFor { get; init; }

    /// <summary>The pods of this node that are to have copies; empty unless the API answers.</summary>
    public IReadOnlyList<Parent> Parents { get; init; } = [];

    /// <summary>The pods that run on this node; null: the runtime does not tell.</summary>
    public IReadOnlyList<RunningPod>? Running { get; init; }

    /// <summary>The copies on disk, one for each key.</summary>
    public IReadOnlyList<Copy> Copies { get; init; } = [];

    /// <summary>Manifests of copies as they are to be, made of parents that run well; whoever could not be made is missing.</summary>
    public IReadOnlyDictionary<CopyKey, string> Fresh { get; init; } = new Dictionary<CopyKey, string>();

    /// <summary>For how long the API has said, without a break, that a copy has no parent here.</summary>
    public IReadOnlyDictionary<CopyKey, TimeSpan> GoneFor { get; init; } = new Dictionary<CopyKey, TimeSpan>();

    /// <summary>The temporary control plane of a bootstrap lies on this node: it serves, from the port that a copy would have.</summary>
    public bool HasTemporaryControlPlane { get; init; }

    /// <summary>
    /// Whether it is a quiet day, on which nothing is about to happen: every parent runs well, and no copy stands in for one or has
    /// lost it.
    /// </summary>
    public bool IsQuiet =>
        Api == ApiState.Answers
        && Parents.All(parent => parent.HasEnded || parent.RunsWell(Running))
        && Copies.All(copy => copy.IsAlwaysActive || (!copy.IsActive && Parents.Any(parent => parent.Key == copy.Key)));
}
