using KubePivot.Stages;

namespace KubePivot.Preflight;

/// <summary>Tells what was found, all at once, and decides whether it goes on.</summary>
/// <param name="ignored">Names of checks whose errors are warnings, see <see cref="CheckNames.Parse"/>.</param>
public sealed class PreflightReport(IStageReporter reporter, IReadOnlySet<string> ignored)
{
    /// <summary>Tells the warnings, and refuses to go on if there are errors.</summary>
    /// <returns>How many warnings there were.</returns>
    /// <exception cref="StageException">A machine is not as it must be: every error, and how to go on all the same.</exception>
    /// <exception cref="InvalidInputException">The same, and all that is wrong is what cluster.yaml asks for.</exception>
    public int Tell(IEnumerable<Finding> found)
    {
        var findings = found.Select(finding => ignored.Contains(finding.Check) ? finding with { IsWarning = true } : finding).ToList();
        foreach (var warning in findings.Where(finding => finding.IsWarning))
        {
            reporter.Warning(warning.ToString());
        }

        var errors = findings.Where(finding => !finding.IsWarning).ToList();
        if (errors.Count > 0)
        {
            throw errors.All(error => error.IsInput) ? new InvalidInputException(Message(errors)) : new StageException(Message(errors));
        }

        return findings.Count;
    }

    private static string Message(List<Finding> errors) => string.Join(Environment.NewLine, [
        $"Preflight found {(errors.Count == 1 ? "an error" : $"{errors.Count} errors")}; nothing was changed on what was looked at:",
        .. errors.Select(error => $"  {error}"),
        $"If you know better: --ignore-preflight {string.Join(',', errors.Select(error => error.Check).Distinct().Order(StringComparer.Ordinal))} makes warnings of them.",
    ]);
}
