using System.Collections.Concurrent;
using Bootkube.Api;
using Bootkube.Assets;
using KubePivot;
using KubePivot.Waiting;

namespace Bootkube.Applying;

/// <summary>
/// Makes objects what their manifests say by server-side apply, all at once with a head start for what others need, each retried
/// until the server accepts it or means its refusal.
/// </summary>
/// <remarks>https://kubernetes.io/docs/reference/using-api/server-side-apply/</remarks>
internal sealed class Applier(ApiClient api, Journal journal, TimeProvider clock, TimeSpan bound) : IDisposable
{
    /// <summary>How long a wave may keep the next one waiting.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromSeconds(5);

    /// <summary>An object that is not accepted by then is told of.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const string Manager = "fieldManager=bootkube";

    private readonly Discovery discovery = new(api);
    private readonly SemaphoreSlim connections = new(12);

    /// <summary>Why the server gave no answer, as told since it last gave one: hundreds of objects may wait for the same.</summary>
    private readonly ConcurrentDictionary<string, bool> silences = new();

    /// <summary>Applies all; one that is rejected does not keep the others back.</summary>
    /// <returns>What became of each, in the order given.</returns>
    /// <exception cref="StageException">Some were rejected, or not accepted in time: all of them, with the server's words.</exception>
    public async Task<IReadOnlyList<Applied>> ApplyAsync(IReadOnlyList<Manifest> manifests, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var started = clock.GetTimestamp();
        var tasks = new Dictionary<Manifest, Task<Applied>>(ReferenceEqualityComparer.Instance);
        var defined = manifests.Where(manifest => manifest.Kind == "CustomResourceDefinition").Select(manifest => manifest.Name).ToHashSet();
        try
        {
            foreach (var wave in ManifestOrder.Waves(manifests))
            {
                foreach (var manifest in wave)
                {
                    var definesKind = defined.Any(name => name.EndsWith($".{manifest.Group}", StringComparison.Ordinal));
                    tasks.Add(manifest, UntilAcceptedAsync(manifest, definesKind, stop.Token));
                }

                await Task.WhenAny(Task.WhenAll(tasks.Values), Task.Delay(HeadStart, clock, stop.Token));
                cancellationToken.ThrowIfCancellationRequested();
            }

            await Task.WhenAll(tasks.Values);
        }
        finally
        {
            await stop.CancelAsync();
        }

        var results = manifests.Select(manifest => tasks[manifest].Result).ToList();
        var rejected = results.Where(result => result.Change == Change.Rejected).ToList();
        if (rejected.Count > 0)
        {
            throw new StageException(
                $"{rejected.Count} of {results.Count} objects were rejected by the API server, the others are applied:\n"
                + string.Join('\n', rejected.Select(result => $"  - {result}"))
                + "\nCorrect their manifests (in the build's templates) and bring them here; the next run applies all again.");
        }

        journal.Tell($"Applied {results.Count} objects in {Wait.Words(clock.GetElapsedTime(started))}: {Counted(results)}.");
        return results;
    }

    public void Dispose()
    {
        discovery.Dispose();
        connections.Dispose();
    }

    private static string Counted(IEnumerable<Applied> results) =>
        string.Join(", ", results.CountBy(result => result.Change).OrderBy(count => count.Key).Select(count => $"{count.Value} {count.Key.ToString().ToLowerInvariant()}"));

    private async Task<Applied> UntilAcceptedAsync(Manifest manifest, bool definesKind, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var (same, lastCode, told) = (started, -1, "");
        Change? first = null;
        for (var attempt = 0; ; attempt++)
        {
            var (change, answer) = await TryAsync(manifest, BoundOf(attempt), cancellationToken);
            first ??= change;
            if (answer.Code != 0)
            {
                silences.Clear();
            }

            (same, lastCode) = answer.Code == lastCode ? (same, lastCode) : (clock.GetTimestamp(), answer.Code);
            switch (Verdicts.Of(answer, clock.GetElapsedTime(same), definesKind))
            {
                case Verdict.Accepted:
                    return new(manifest, first!.Value);
                case Verdict.Rejected:
                    return new(manifest, Change.Rejected, answer);
            }

            var elapsed = clock.GetElapsedTime(started);
            if (elapsed >= bound)
            {
                return new(manifest, Change.Rejected, answer with { Words = $"{answer.Words} (still so after {Wait.Words(elapsed)})" });
            }

            var words = new Applied(manifest, Change.Rejected, answer).ToString();
            if (elapsed >= Patience && (answer.Code == 0 ? silences.TryAdd(answer.Words, true) : words != told))
            {
                journal.Tell($"Not accepted yet: {words}{(answer.Code == 0 ? "; others that wait for the same are not told" : "")}");
                told = words;
            }

            await Task.Delay(PauseAfter(attempt), clock, cancellationToken);
        }
    }

    /// <summary>Reads the object, applies it, and compares.</summary>
    /// <returns>The change is null if the object was not applied.</returns>
    private async Task<(Change? Change, ApiAnswer Answer)> TryAsync(Manifest manifest, TimeSpan limit, CancellationToken cancellationToken)
    {
        await connections.WaitAsync(cancellationToken);
        try
        {
            var (path, obstacle) = await discovery.PathAsync(manifest.ApiVersion, manifest.Kind, manifest.Namespace, manifest.Name, cancellationToken);
            if (path == null)
            {
                return (null, obstacle!);
            }

            var before = await api.GetAsync(path, cancellationToken, limit);
            if (!before.Succeeded && before.Code != 404)
            {
                return (null, before);
            }

            var after = manifest.Kind == "APIService"
                ? await ReplaceAsync(manifest, path, before, limit, cancellationToken)
                : await api.SendAsync(
                    HttpMethod.Patch, $"{path}?{Manager}&force=true", manifest.Text, "application/apply-patch+yaml", limit, cancellationToken);
            if (!after.Succeeded)
            {
                return (null, after);
            }

            var change = !before.Succeeded ? Change.Created : ObjectContent.Differs(before.Body, after.Body) ? Change.Changed : Change.Unchanged;
            return (change, manifest.Kind == "CustomResourceDefinition" ? Established(after) : after);
        }
        finally
        {
            connections.Release();
        }
    }

    /// <summary>
    /// Creates an object, or puts it in place of what is there: for the one kind that the aggregation layer keeps. That of Kubernetes
    /// 1.20 cannot apply server-side, it breaks the connection off ("FieldManager must be installed to run apply").
    /// </summary>
    private Task<ApiAnswer> ReplaceAsync(Manifest manifest, string path, ApiAnswer before, TimeSpan limit, CancellationToken cancellationToken) =>
        before.Succeeded
            ? api.SendAsync(HttpMethod.Put, $"{path}?{Manager}", manifest.TextOf(before.Body.Text("metadata", "resourceVersion")!), "application/yaml", limit, cancellationToken)
            : api.SendAsync(HttpMethod.Post, $"{path[..path.LastIndexOf('/')]}?{Manager}", manifest.Text, "application/yaml", limit, cancellationToken);

    /// <summary>A definition is accepted when its kind is served; one whose names are taken never will be.</summary>
    private static ApiAnswer Established(ApiAnswer answer)
    {
        var refused = answer.Body.Items("status", "conditions")
            .FirstOrDefault(condition => condition.Text("type") == "NamesAccepted" && condition.Text("status") == "False");
        return refused != null ? new(422, $"its names are not accepted: {refused.Text("message")}", answer.Body)
            : answer.Body!.HasCondition("Established") ? answer
            : new(0, "not established yet", null);
    }

    /// <summary>Short at first, because a hanging connection is best given up; longer for a machine that is only slow.</summary>
    private static TimeSpan BoundOf(int attempt) => TimeSpan.FromSeconds(Math.Min(3 << Math.Min(attempt, 4), 30));

    private static TimeSpan PauseAfter(int attempt) => TimeSpan.FromMilliseconds(Math.Min(200 << Math.Min(attempt, 4), 2000));
}
