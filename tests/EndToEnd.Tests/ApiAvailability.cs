namespace KubePivot.EndToEnd;

/// <summary>How the API answered a client that asked all the time and retried once.</summary>
/// <param name="Answers">Good answers.</param>
/// <param name="Slowest">The longest time that a good answer took, its retry included.</param>
/// <param name="Failures">Each time for which it did not answer, in order.</param>
public sealed record ApiAvailability(int Answers, TimeSpan Slowest, IReadOnlyList<ApiAvailability.Failure> Failures)
{
    public TimeSpan LongestFailure => Failures.Select(failure => failure.Length).DefaultIfEmpty().Max();

    /// <summary>Fails if the API was away for longer; with what the client got instead of answers.</summary>
    /// <param name="bound">For so long it may be.</param>
    /// <param name="during">What went on meanwhile.</param>
    public void AssertNeverAwayFor(TimeSpan bound, string during)
    {
        TestContext.Current.SendDiagnosticMessage($"{during}: {Answers} answers, the longest failure {LongestFailure.TotalMilliseconds:0} ms, the slowest answer {Slowest.TotalMilliseconds:0} ms");
        Assert.True(Answers > 100, $"{during} the API was seen only {Answers} times");
        Assert.True(LongestFailure <= bound, $"{during} the API was away for {LongestFailure.TotalSeconds:0.00} s:\n{string.Join('\n', Failures)}");
    }

    /// <summary>A time without an answer.</summary>
    /// <param name="Began">When the ask was made whose two tries were the first to go wrong.</param>
    /// <param name="Length">To the next good answer.</param>
    /// <param name="Tries">What the tries met with, and how many of them with each.</param>
    public sealed record Failure(DateTimeOffset Began, TimeSpan Length, IReadOnlyDictionary<string, int> Tries)
    {
        public override string ToString() =>
            $"{Began:HH:mm:ss.fff}, for {Length.TotalSeconds:0.000} s: {string.Join("; ", Tries.Select(kind => $"{kind.Value} times {kind.Key}"))}";
    }
}
