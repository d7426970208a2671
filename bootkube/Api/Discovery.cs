using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Bootkube.Api;

/// <summary>Finds the path of a kind of objects by asking the server for what it serves.</summary>
internal sealed class Discovery(ApiClient api) : IDisposable
{
    private readonly ConcurrentDictionary<string, FrozenDictionary<string, Resource>> known = new();
    private readonly SemaphoreSlim oneAtATime = new(1);

    /// <summary>Path of an object.</summary>
    /// <param name="namespace">Null: <c>default</c>, if the kind has namespaces at all.</param>
    /// <returns>The path, or the answer that stood in the way: a 404 if the server does not serve the kind (yet).</returns>
    public async Task<(string? Path, ApiAnswer? Obstacle)> PathAsync(string apiVersion, string kind, string? @namespace, string name, CancellationToken cancellationToken)
    {
        var root = apiVersion.Contains('/', StringComparison.Ordinal) ? $"/apis/{apiVersion}" : $"/api/{apiVersion}";
        var resource = Known(root, kind);
        if (resource == null)
        {
            (resource, var obstacle) = await AskAsync(root, kind, cancellationToken);
            if (resource == null)
            {
                return (null, obstacle.Succeeded || obstacle.Code == 404 ? new(404, $"the server serves no kind {kind} in {apiVersion}", null) : obstacle);
            }
        }

        return ($"{root}{(resource.Namespaced ? $"/namespaces/{@namespace ?? "default"}" : "")}/{resource.Plural}/{name}", null);
    }

    public void Dispose() => oneAtATime.Dispose();

    private async Task<(Resource? Found, ApiAnswer Answer)> AskAsync(string root, string kind, CancellationToken cancellationToken)
    {
        await oneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (Known(root, kind) is { } found)
            {
                return (found, new(200, "", null));
            }

            var answer = await api.GetAsync(root, cancellationToken);
            if (answer.Succeeded)
            {
                known[root] = answer.Body.Items("resources")
                    .Where(resource => resource.Text("name")?.Contains('/', StringComparison.Ordinal) == false)
                    .ToFrozenDictionary(
                        resource => resource.Text("kind") ?? "",
                        resource => new Resource(resource.Text("name")!, resource["namespaced"]?.GetValue<bool>() == true));
            }

            return (Known(root, kind), answer);
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    private Resource? Known(string root, string kind) => known.TryGetValue(root, out var kinds) ? kinds.GetValueOrDefault(kind) : null;

    private sealed record Resource(string Plural, bool Namespaced);
}
