namespace KubePivot.Tests.Kubernetes;

/// <summary>A clock that runs many times as fast as the wall's, timers included: what takes minutes in use takes a moment in a test.</summary>
internal sealed class FastClock(double factor = 50) : TimeProvider
{
    private readonly DateTimeOffset start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly long started = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => start + (System.GetElapsedTime(started) * factor);

    public override long GetTimestamp() => (long)(System.GetElapsedTime(started).Ticks * factor);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Faster(dueTime), Faster(period));

    private TimeSpan Faster(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? span : span / factor;
}
