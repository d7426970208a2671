using System.Collections.Immutable;
using System.Net;
using k8s;
using k8s.Models;
using KubePivot.Waiting;

namespace KubePivot.Kubernetes;

/// <summary>Lists the objects of one kind: their resource version, and themselves.</summary>
public delegate Task<(string ResourceVersion, IEnumerable<T> Items)> ListObjects<T>(CancellationToken cancellationToken);

/// <summary>Watches the objects of one kind from a resource version on, with bookmarks.</summary>
public delegate IAsyncEnumerable<(WatchEventType Type, T Object)> WatchObjects<T>(string resourceVersion, Action<Exception> onError, CancellationToken cancellationToken);

/// <summary>
/// All objects of one kind, kept as the API has them: one list, then a watch; a cut connection is made anew, and where the API
/// has forgotten the last version seen (410), the list is read again.
/// </summary>
public sealed class ObjectWatch<T>(TimeProvider clock, ChangeSignal changed, ListObjects<T> list, WatchObjects<T> watch)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Between two tries; a server that starts needs a second or two, and one that is overloaded is not helped by haste.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private ImmutableDictionary<string, T> objects = ImmutableDictionary<string, T>.Empty;

    /// <summary>The objects as last seen.</summary>
    public IEnumerable<T> Objects => Volatile.Read(ref objects).Values;

    /// <summary>The list was read at least once.</summary>
    public bool IsListed { get; private set; }

    /// <summary>Why the objects may be out of date, in words; null while the watch stands.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Keeps the objects up to date until it is cancelled, which ends it without an exception.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? version = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                version ??= await ListAsync(cancellationToken).ConfigureAwait(false);
                var started = clock.GetTimestamp();
                version = await WatchAsync(version, cancellationToken).ConfigureAwait(false);
                if (clock.GetElapsedTime(started) < Pause)
                {
                    // Ended as soon as it began: some proxy on the way that does not like watches.
                    await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (ApiFailure.Is(exception))
            {
                version = null;
                if (ApiFailure.StatusOf(exception) != HttpStatusCode.Gone)
                {
                    Trouble = ApiFailure.Words(exception);
                    changed.Set();
                    await Delay(cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        var (version, items) = await list(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref objects, items.ToImmutableDictionary(KeyOf, StringComparer.Ordinal));
        IsListed = true;
        Trouble = null;
        changed.Set();
        return version;
    }

    /// <returns>The version that the next watch can begin with: the server ended this one, as it does after some minutes.</returns>
    private async Task<string> WatchAsync(string version, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Exception? error = null;
        try
        {
            await foreach (var (type, found) in watch(version, OnError, stop.Token).ConfigureAwait(false))
            {
                version = found.Metadata.ResourceVersion;
                Take(type, found);
            }
        }
        catch (HttpRequestException exception) when (exception.InnerException is EndOfStreamException)
        {
            // The server ended the watch without a single event.
        }
        catch (OperationCanceledException) when (error != null)
        {
        }

        return error == null ? version : throw error;

        void OnError(Exception exception)
        {
            error ??= exception;
            stop.Cancel();
        }
    }

    private void Take(WatchEventType type, T found)
    {
        switch (type)
        {
            case WatchEventType.Added or WatchEventType.Modified:
                Volatile.Write(ref objects, objects.SetItem(KeyOf(found), found));
                changed.Set();
                break;
            case WatchEventType.Deleted:
                Volatile.Write(ref objects, objects.Remove(KeyOf(found)));
                changed.Set();
                break;
            default:
                break; // A bookmark: only its version counts.
        }
    }

    private async Task Delay(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    private static string KeyOf(T found) => $"{found.Metadata.NamespaceProperty}/{found.Metadata.Name}";
}
