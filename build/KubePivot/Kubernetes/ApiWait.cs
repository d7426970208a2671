using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Kubernetes;

/// <summary>Waits for something that the API tells. An API that does not answer is an observation, and the wait goes on.</summary>
internal static class ApiWait
{
    /// <param name="description">What is awaited, as in <c>master02 to be deleted</c>.</param>
    /// <param name="interval">Pause between two looks.</param>
    /// <param name="evidence">What to do next, or what else is known; a part of the message when time is up.</param>
    /// <param name="node">The node that the wait is about, if it is one.</param>
    /// <exception cref="StageException">Not within the stage's time.</exception>
    public static Task UntilAsync(
        StageContext context, string description, TimeSpan interval, Func<CancellationToken, Task<Observation>> look, Func<CancellationToken, Task<string>> evidence, string? node = null) =>
        new Wait(context.Clock, line => context.Reporter.Info(line, node)).UntilAsync(
            description, context.Timeout, interval, stop => ObserveAsync(look, stop), evidence, context.CancellationToken);

    /// <param name="nextStep">What to do when time is up.</param>
    /// <inheritdoc cref="UntilAsync(StageContext, string, TimeSpan, Func{CancellationToken, Task{Observation}}, Func{CancellationToken, Task{string}}, string?)"/>
    public static Task UntilAsync(
        StageContext context, string description, TimeSpan interval, Func<CancellationToken, Task<Observation>> look, string nextStep, string? node = null) =>
        UntilAsync(context, description, interval, look, _ => Task.FromResult(nextStep), node);

    /// <summary>A look at the API that fails is an observation.</summary>
    public static async Task<Observation> ObserveAsync(Func<CancellationToken, Task<Observation>> look, CancellationToken stop)
    {
        try
        {
            return await look(stop).ConfigureAwait(false);
        }
        catch (Exception exception) when (ApiFailure.Is(exception) && !stop.IsCancellationRequested)
        {
            return new Observation(false, ApiFailure.Words(exception));
        }
    }
}
