using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Bootkube.Api;

/// <summary>Keeps an up-to-date view of a collection by list and watch, over breaks of the connection and restarts of the server.</summary>
/// <param name="path">As in <c>/api/v1/namespaces/kube-system/pods</c>, with a query if only a part is wanted.</param>
/// <param name="changed">Called after each change of the view, and of <see cref="Trouble"/>.</param>
internal sealed class ResourceView(ApiClient api, string path, Action changed)
{
    /// <summary>A watch that is cut off without a word must not blind us for long.</summary>
    private const int WatchSeconds = 30;

    private ImmutableDictionary<string, JsonNode> objects = ImmutableDictionary<string, JsonNode>.Empty;

    /// <summary>The objects by <c>namespace/name</c>; null before the first list.</summary>
    public ImmutableDictionary<string, JsonNode>? Objects { get; private set; }

    /// <summary>Why the view may be out of date; null if it is not.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (await ListAsync(cancellationToken) is { } version)
                {
                    await WatchAsync(version, cancellationToken);
                    continue;
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                Trouble = exception.GetBaseException().Message;
                changed();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<string?> ListAsync(CancellationToken cancellationToken)
    {
        var answer = await api.GetAsync(path, cancellationToken, TimeSpan.FromSeconds(10));
        Trouble = answer.Succeeded ? null : answer.ToString();
        if (answer.Succeeded)
        {
            objects = answer.Body.Items("items").ToImmutableDictionary(KeyOf, item => item);
            Objects = objects;
        }

        changed();
        return answer.Succeeded ? answer.Body.Text("metadata", "resourceVersion") : null;
    }

    private async Task WatchAsync(string version, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(WatchSeconds + 5));
        var query = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        try
        {
            await foreach (var change in api.WatchAsync($"{path}{query}watch=1&timeoutSeconds={WatchSeconds}&resourceVersion={version}", limit.Token))
            {
                if (change.Text("type") == "ERROR" || change["object"] is not { } item)
                {
                    // Listed again after a pause: a server that says so each time must not be asked without end.
                    throw new IOException($"the watch was ended: {change.Text("object", "message") ?? "no object in its event"}");
                }

                objects = change.Text("type") == "DELETED" ? objects.Remove(KeyOf(item)) : objects.SetItem(KeyOf(item), item);
                Objects = objects;
                changed();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The server did not end the watch in time: list again.
        }
    }

    private static string KeyOf(JsonNode item) => $"{item.Text("metadata", "namespace")}/{item.Text("metadata", "name")}";
}
