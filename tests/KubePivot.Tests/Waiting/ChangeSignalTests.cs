using KubePivot.Waiting;
using Microsoft.Extensions.Time.Testing;

namespace KubePivot.Tests.Waiting;

public sealed class ChangeSignalTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider clock = new();
    private readonly ChangeSignal signal;

    public ChangeSignalTests() => signal = new ChangeSignal(clock);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_ends_the_wait_at_once()
    {
        var wait = signal.WaitAsync(Minute, Stop);
        Assert.False(wait.IsCompleted);

        signal.Set();

        await wait;
    }

    [Fact]
    public async Task Changes_since_the_last_look_count_as_one()
    {
        signal.Set();
        signal.Set();
        await signal.WaitAsync(Minute, Stop);

        Assert.False(signal.WaitAsync(Minute, Stop).IsCompleted);
    }

    [Fact]
    public async Task Time_ends_the_wait_where_nothing_changes()
    {
        var wait = signal.WaitAsync(Minute, Stop);

        clock.Advance(Minute);

        await wait;
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_says_so()
    {
        using var stop = new CancellationTokenSource();
        var wait = signal.WaitAsync(Minute, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }
}
