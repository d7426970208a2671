namespace KubePivot.EndToEnd;

/// <summary>How the API answered a client that asked all the time and retried once.</summary>
/// <param name="Answers">Good answers.</param>
/// <param name="Slowest">The longest time that a good answer took, its retry included.</param>
/// <param name="Failures">Each time for which it did not answer, in order.</param>
public sealed record ApiAvailability(int Answers, TimeSpan Slowest, IReadOnlyList<ApiAvailability.Failure> Failures)
{
    /// <summary>Where a leader of etcd is lost nothing is answered until the others have elected one: after 1 to 2 s, and a try that just missed it takes a second more.</summary>
    public static readonly TimeSpan Election = TimeSpan.FromSeconds(3);

    /// <summary>Around a failure so much of what the cluster did is shown.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromSeconds(15);

    private TimeSpan LongestFailure => Failures.Select(failure => failure.Length).DefaultIfEmpty().Max();

    /// <summary>Fails if the API was away for longer; with what the client got instead of answers, and what happened in the cluster meanwhile.</summary>
    /// <param name="bound">For so long it may be. A time in which this machine itself stood still is not counted, nor is the election that follows it.</param>
    /// <param name="during">What went on meanwhile.</param>
    public async Task AssertNeverAwayForAsync(TimeSpan bound, string during, ThrowAwayCluster cluster)
    {
        TestContext.Current.SendDiagnosticMessage($"{during}: {Answers} answers, the longest failure {LongestFailure.TotalMilliseconds:0} ms, the slowest answer {Slowest.TotalMilliseconds:0} ms");
        Assert.True(Answers > 100, $"{during} the API was seen only {Answers} times");
        if (Failures.FirstOrDefault(failure => failure.OwnLength > bound) is { } failure)
        {
            var happened = await SupportBundleFiles.TimelineAsync(cluster, failure.Began - Around, failure.Began + failure.Length + Around);
            Assert.Fail($"{during} the API was away for {failure.Length.TotalSeconds:0.00} s:\n{string.Join('\n', Failures)}\n{string.Join('\n', happened)}");
        }
    }

    /// <summary>A time without an answer.</summary>
    /// <param name="Began">When the ask was made whose two tries were the first to go wrong.</param>
    /// <param name="Length">To the next good answer.</param>
    /// <param name="Standstill">For so much of it this machine stood still.</param>
    /// <param name="Tries">What the tries met with, and how many of them with each.</param>
    public sealed record Failure(DateTimeOffset Began, TimeSpan Length, TimeSpan Standstill, IReadOnlyDictionary<string, int> Tries)
    {
        /// <summary>What of it is the cluster's.</summary>
        public TimeSpan OwnLength => Standstill == TimeSpan.Zero ? Length : Length - Standstill - Election;

        public override string ToString() =>
            $"{Began.UtcDateTime:HH:mm:ss.fff}Z, for {Length.TotalSeconds:0.000} s, in {Standstill.TotalSeconds:0.0} s of which this machine stood still: {string.Join("; ", Tries.Select(kind => $"{kind.Value} times {kind.Key}"))}";
    }
}
