using KubePivot.Waiting;
using Microsoft.Extensions.Time.Testing;

namespace KubePivot.Tests.Waiting;

public sealed class WaitTests : IDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly List<string> told = [];
    private readonly ChangeSignal changed;
    private readonly SemaphoreSlim looks = new(0);
    private Observation seen = new(false, "starting");

    public WaitTests() => changed = new ChangeSignal(clock);

    [Fact]
    public async Task What_is_done_already_is_not_told()
    {
        seen = new Observation(true, "");

        await UntilAsync();

        Assert.Empty(told);
    }

    [Fact]
    public async Task The_bound_is_told_first_and_then_each_change_once()
    {
        var wait = UntilAsync();
        await ShowAsync(new Observation(false, "one of two"));
        await ShowAsync(new Observation(false, "one of two"));
        await ShowAsync(new Observation(true, ""));

        await wait;
        Assert.Equal(["Waiting ≤ 10 s for both", "  both: starting", "  both: one of two"], told);
    }

    [Fact]
    public async Task Time_out_repeats_the_last_observation_and_shows_the_evidence()
    {
        var wait = UntilAsync();

        clock.Advance(TimeSpan.FromSeconds(10));

        var failure = await Assert.ThrowsAsync<StageException>(() => wait);
        Assert.Equal(["Waited 10 s for both: not within 10 s.", "  Last seen: starting", "the evidence"], failure.Message.Split(Environment.NewLine));
    }

    [Fact]
    public async Task What_has_become_impossible_ends_the_wait_at_once()
    {
        seen = new Observation(false, "one has died", "it will not come back");

        var failure = await Assert.ThrowsAsync<StageException>(UntilAsync);

        Assert.StartsWith("Waited 0 s for both: it will not come back.", failure.Message);
        Assert.Contains("Last seen: one has died", failure.Message);
    }

    [Fact]
    public async Task A_wait_for_what_the_work_goes_on_without_ends_with_what_was_seen_last_and_with_null_when_it_is_done()
    {
        var wait = TryUntilAsync();

        clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("starting", await wait);
        seen = new Observation(true, "all");
        Assert.Null(await TryUntilAsync());
    }

    public void Dispose() => looks.Dispose();

    private Task<string?> TryUntilAsync() => new Wait(clock, told.Add).TryUntilAsync(
        "both", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), _ => Task.FromResult(seen), TestContext.Current.CancellationToken);

    private Task UntilAsync() => new Wait(clock, told.Add).UntilAsync(
        "both", TimeSpan.FromSeconds(10), changed, TimeSpan.FromSeconds(1), Look, _ => Task.FromResult("the evidence"), TestContext.Current.CancellationToken);

    private Observation Look()
    {
        var now = seen;
        looks.Release();
        return now;
    }

    /// <summary>Changes what is to be seen, and returns when it was looked at.</summary>
    private async Task ShowAsync(Observation observation)
    {
        await looks.WaitAsync(TestContext.Current.CancellationToken);
        seen = observation;
        changed.Set();
    }
}
