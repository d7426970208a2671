using System.Threading.Channels;

namespace KubePivot.Waiting;

/// <summary>Tells a wait that what it looks at has changed. Many changes between two looks count as one. Thread-safe.</summary>
public sealed class ChangeSignal(TimeProvider clock)
{
    private readonly Channel<bool> changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Set() => changes.Writer.TryWrite(true);

    /// <summary>Ends with the next change, or with one since the last call; or after some time without any.</summary>
    /// <param name="atMost">For what changes by the passing of time alone.</param>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var change = changes.Reader.WaitToReadAsync(stop.Token).AsTask();
        await Task.WhenAny(change, Task.Delay(atMost, clock, stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        changes.Reader.TryRead(out _);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
