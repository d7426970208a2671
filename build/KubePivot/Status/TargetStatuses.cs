using KubePivot.Resuming;

namespace KubePivot.Status;

/// <summary>What the next <c>Bootstrap</c> would do with each target, by the one rule that the build itself goes by.</summary>
public static class TargetStatuses
{
    public static IReadOnlyList<TargetStatus> Of(MarkerStore markers, TargetInputs inputs)
    {
        var found = new List<TargetStatus>();
        foreach (var target in TargetInputs.MarkedTargets)
        {
            var (skips, reason) = Decide(markers, inputs, target);
            var before = found.FirstOrDefault(other => !other.IsSkipped);
            found.Add(skips && before != null && !markers.HasSkipFile(target)
                ? new TargetStatus(target, false, $"{reason}, but {before.Name} runs before it: skipped only if that changes nothing")
                : new TargetStatus(target, skips, reason));
        }

        return found;
    }

    /// <summary>What would be done with one target, by itself.</summary>
    public static MarkerDecision Decide(MarkerStore markers, TargetInputs inputs, string target)
    {
        try
        {
            return MarkerDecision.Of(markers.Load(target), markers.HasSkipFile(target), forced: false, () => inputs.Fingerprint(target));
        }
        catch (Exception exception) when (exception is StageException or InvalidInputException or IOException or UnauthorizedAccessException)
        {
            return new MarkerDecision(false, exception.Message);
        }
    }
}
