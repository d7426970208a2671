namespace KubePivot.Files;

/// <summary>A lock between processes, on a file. It is released when the process ends, however it ends.</summary>
public static class FileLock
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Takes the lock, waiting for another process that holds it; dispose the result to release it.</summary>
    /// <param name="file">Made if it is missing, and never deleted: a deleted file would be two locks.</param>
    /// <param name="tellWaiting">Called once if the lock is not free.</param>
    /// <param name="cancellationToken">Ends the wait, which has no other bound: who holds the lock is at work.</param>
    public static Task<IDisposable> AcquireAsync(string file, TimeProvider clock, Action? tellWaiting = null, CancellationToken cancellationToken = default) =>
        AcquireAsync(file, clock, Interval, tellWaiting, cancellationToken);

    /// <inheritdoc cref="AcquireAsync(string, TimeProvider, Action?, CancellationToken)"/>
    /// <param name="interval">Between two tries; 50 ms where it is not given.</param>
    public static async Task<IDisposable> AcquireAsync(string file, TimeProvider clock, TimeSpan interval, Action? tellWaiting, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (IsHeldElsewhere(exception))
            {
                tellWaiting?.Invoke();
                tellWaiting = null;
                await Task.Delay(interval, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Error codes of a file that is open elsewhere: EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION of Windows.</summary>
    private static bool IsHeldElsewhere(IOException exception) => (exception.HResult & 0xFFFF) is 11 or 35 or 32;
}
