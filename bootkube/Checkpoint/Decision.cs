namespace Bootkube.Checkpoint;

internal enum Step
{
    /// <summary>Write the copy's manifest anew, wherever it lies; a new one where the kubelet does not run it.</summary>
    Write,

    /// <summary>Let the kubelet run the copy.</summary>
    Activate,

    /// <summary>Have the kubelet end the copy, and keep it.</summary>
    Deactivate,

    /// <summary>Remove the copy, and what it holds of Secrets and ConfigMaps.</summary>
    Remove,
}

/// <param name="Why">For people.</param>
internal sealed record Action(Step Step, CopyKey Key, string Why);

/// <summary>
/// What is to be done about the copies of this node. A pure function of what was seen. While the API is away nothing is removed or
/// written; while the runtime does not tell what runs, nothing is activated.
/// </summary>
/// <param name="Patience">A copy is activated once the API has been away for so long.</param>
/// <param name="Grace">A copy is removed once the API has said for so long that it has no parent.</param>
internal sealed record Decision(TimeSpan Patience, TimeSpan Grace)
{
    public IReadOnlyList<Action> Of(Situation now) =>
        [.. now.Copies.Select(copy => copy.Key).Union(now.Fresh.Keys).OrderBy(key => key.FileName, StringComparer.Ordinal).SelectMany(key => Of(now, key, now.Copies.FirstOrDefault(copy => copy.Key == key)))];

    private IEnumerable<Action> Of(Situation now, CopyKey key, Copy? copy)
    {
        if (copy == null)
        {
            return now.Fresh.ContainsKey(key) ? [new(Step.Write, key, "its first copy")] : [];
        }

        return copy.IsAlwaysActive ? OfAlwaysActive(now, copy) : now.Api switch
        {
            ApiState.Away => WithoutApi(now, copy),
            ApiState.Answers => WithApi(now, copy),
            _ => [],
        };
    }

    private IEnumerable<Action> OfAlwaysActive(Situation now, Copy copy)
    {
        if (IsChanged(now, copy))
        {
            yield return new(Step.Write, copy.Key, "its pod has changed");
        }

        if (!copy.IsActive)
        {
            yield return new(Step.Activate, copy.Key, "it is to run at all times");
        }
        else if (IsGone(now, copy) && !now.Copies.Any(other => other.IsActive && !other.IsAlwaysActive))
        {
            // Copies that run would have nobody any more who ends them.
            yield return new(Step.Remove, copy.Key, Gone);
        }
    }

    private IEnumerable<Action> WithoutApi(Situation now, Copy copy)
    {
        if (now.HasTemporaryControlPlane)
        {
            return copy.IsActive ? [new(Step.Deactivate, copy.Key, "the temporary control plane of a bootstrap is here")] : [];
        }

        // A copy that is active stays: its parent may be about to start, and nobody can say that it is Ready.
        return !copy.IsActive && now.AwayFor >= Patience && now.Running?.Any(pod => pod.IsParentOf(copy)) == false
            ? [new(Step.Activate, copy.Key, $"the API has been away for {now.AwayFor.TotalSeconds:0} s, and {copy.ParentName} does not run here")]
            : [];
    }

    private IEnumerable<Action> WithApi(Situation now, Copy copy)
    {
        var parents = now.Parents.Where(parent => parent.Key == copy.Key).ToList();
        if (parents.FirstOrDefault(parent => parent.RunsWell(now.Running)) is { } well)
        {
            if (copy.IsActive)
            {
                yield return new(Step.Deactivate, copy.Key, $"{well.Name} is Ready");
            }

            if (IsChanged(now, copy))
            {
                yield return new(Step.Write, copy.Key, "its pod has changed");
            }
        }
        else if (copy.IsActive && !copy.StandsBeside && parents.FirstOrDefault(parent => !parent.Leaving) is { } bound)
        {
            yield return new(Step.Deactivate, copy.Key, $"{bound.Name} needs its place");
        }
        else if (copy.IsActive && now.HasTemporaryControlPlane)
        {
            yield return new(Step.Deactivate, copy.Key, "the temporary control plane of a bootstrap is here");
        }
        else if (IsGone(now, copy))
        {
            // One that runs is only ended at first: if the API goes with it, it was the last one, and comes back.
            yield return copy.IsActive ? new(Step.Deactivate, copy.Key, Gone) : new(Step.Remove, copy.Key, Gone);
        }
    }

    private const string Gone = "the API says that its pod is gone for good";

    private static bool IsChanged(Situation now, Copy copy) => now.Fresh.TryGetValue(copy.Key, out var fresh) && (fresh != copy.Text || !copy.HasFolders);

    private bool IsGone(Situation now, Copy copy) => now.Api == ApiState.Answers && now.GoneFor.TryGetValue(copy.Key, out var gone) && gone >= Grace;
}
