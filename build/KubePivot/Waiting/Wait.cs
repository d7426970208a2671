namespace KubePivot.Waiting;

/// <summary>What a look at the awaited thing showed.</summary>
/// <param name="Done">The wait is over, with success.</param>
/// <param name="Observed">What was seen, in words; told when it changes, and repeated when the wait fails.</param>
/// <param name="Impossible">Success has become impossible: the wait ends at once with this reason.</param>
public sealed record Observation(bool Done, string Observed, string? Impossible = null);

/// <summary>A wait is a description, an assertion that tells what it sees, and a bound. The one place where the library waits.</summary>
public sealed class Wait
{
    private readonly TimeProvider clock;
    private readonly Action<string> tell;

    /// <param name="tell">Told the description with its bound at the start, then each observation that differs from the last.</param>
    public Wait(TimeProvider clock, Action<string> tell)
    {
        this.clock = clock;
        this.tell = tell;
    }

    /// <summary>Looks again and again until the observation says done.</summary>
    /// <param name="description">What is awaited, as in <c>etcd healthy on master01</c>.</param>
    /// <param name="bound">More than zero.</param>
    /// <param name="interval">Pause between two looks at something that offers no event to watch.</param>
    /// <param name="look">One look. Its exceptions are for real errors; what is merely not ready yet is an observation.</param>
    /// <param name="evidence">Called once on failure; its lines go into the message.</param>
    /// <exception cref="StageException">Time is up, or success has become impossible: with the last observation and the evidence.</exception>
    public Task UntilAsync(
        string description,
        TimeSpan bound,
        TimeSpan interval,
        Func<CancellationToken, Task<Observation>> look,
        Func<CancellationToken, Task<string>>? evidence = null,
        CancellationToken cancellationToken = default) =>
        UntilAsync(description, bound, token => Task.Delay(interval, clock, token), look, evidence, cancellationToken);

    /// <summary>As <see cref="UntilAsync(string, TimeSpan, TimeSpan, Func{CancellationToken, Task{Observation}}, Func{CancellationToken, Task{string}}?, CancellationToken)"/>, for what the work goes on without.</summary>
    /// <returns>Null when it is done; otherwise what was seen last.</returns>
    public async Task<string?> TryUntilAsync(
        string description, TimeSpan bound, TimeSpan interval, Func<CancellationToken, Task<Observation>> look, CancellationToken cancellationToken = default) =>
        (await RunAsync(description, bound, token => Task.Delay(interval, clock, token), look, cancellationToken).ConfigureAwait(false))?.Last.Observed;

    /// <summary>Looks again after each change until the observation says done.</summary>
    /// <param name="changed">Set when there is something new to see.</param>
    /// <param name="atLeastEvery">How often to look although nothing has changed: bounds pass without an event.</param>
    /// <inheritdoc cref="UntilAsync(string, TimeSpan, TimeSpan, Func{CancellationToken, Task{Observation}}, Func{CancellationToken, Task{string}}?, CancellationToken)"/>
    public Task UntilAsync(
        string description,
        TimeSpan bound,
        ChangeSignal changed,
        TimeSpan atLeastEvery,
        Func<Observation> look,
        Func<CancellationToken, Task<string>>? evidence = null,
        CancellationToken cancellationToken = default) =>
        UntilAsync(description, bound, changed, atLeastEvery, _ => Task.FromResult(look()), evidence, cancellationToken);

    /// <inheritdoc cref="UntilAsync(string, TimeSpan, ChangeSignal, TimeSpan, Func{Observation}, Func{CancellationToken, Task{string}}?, CancellationToken)"/>
    public Task UntilAsync(
        string description,
        TimeSpan bound,
        ChangeSignal changed,
        TimeSpan atLeastEvery,
        Func<CancellationToken, Task<Observation>> look,
        Func<CancellationToken, Task<string>>? evidence = null,
        CancellationToken cancellationToken = default) =>
        UntilAsync(description, bound, token => changed.WaitAsync(atLeastEvery, token), look, evidence, cancellationToken);

    private async Task UntilAsync(
        string description,
        TimeSpan bound,
        Func<CancellationToken, Task> pause,
        Func<CancellationToken, Task<Observation>> look,
        Func<CancellationToken, Task<string>>? evidence,
        CancellationToken cancellationToken)
    {
        if (await RunAsync(description, bound, pause, look, cancellationToken).ConfigureAwait(false) is { } failure)
        {
            var reason = failure.Last.Impossible ?? $"not within {Words(bound)}";
            var shown = evidence == null ? "" : await evidence(cancellationToken).ConfigureAwait(false);
            throw new StageException(
                $"Waited {Words(failure.Elapsed)} for {description}: {reason}.{Environment.NewLine}  Last seen: {failure.Last.Observed}"
                + (shown.Length == 0 ? "" : $"{Environment.NewLine}{shown}"));
        }
    }

    /// <returns>Null when it is done; otherwise the last observation, and how long was waited.</returns>
    private async Task<(Observation Last, TimeSpan Elapsed)?> RunAsync(
        string description, TimeSpan bound, Func<CancellationToken, Task> pause, Func<CancellationToken, Task<Observation>> look, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        string? last = null;
        while (true)
        {
            var observation = await look(cancellationToken).ConfigureAwait(false);
            if (observation.Done)
            {
                return null;
            }

            if (last == null)
            {
                tell($"Waiting ≤ {Words(bound)} for {description}");
            }

            if (observation.Observed != (last ?? ""))
            {
                tell($"  {description}: {observation.Observed}");
            }

            last = observation.Observed;
            var elapsed = clock.GetElapsedTime(started);
            if (observation.Impossible != null || elapsed >= bound)
            {
                return (observation, elapsed);
            }

            await pause(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A span of time in words: <c>12 s</c>, <c>3 min 5 s</c>.</summary>
    public static string Words(TimeSpan span) => span.TotalSeconds < 60
        ? $"{span.TotalSeconds:0.#} s"
        : $"{(int)span.TotalMinutes} min{(span.Seconds == 0 ? "" : $" {span.Seconds} s")}";
}
