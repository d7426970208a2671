using KubePivot.Configuration;

namespace KubePivot.Images;

/// <summary>Whether the registry that the control plane's images come from can be reached from here, or a mirror of it.</summary>
public static class RegistryProbe
{
    /// <summary>The registry of the control plane's images.</summary>
    public const string Registry = "registry.k8s.io";

    /// <summary>How long an answer may take; a name that does not resolve is known at once.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(3);

    /// <summary>Who may be asked for the images: the mirrors that cluster.yaml names, then the registry itself, each at its API's base (https://distribution.github.io/distribution/spec/api/).</summary>
    public static IReadOnlyList<Uri> EndpointsOf(RegistriesSpec registries) => [.. registries.PlacesOf(Registry).Select(url => new Uri($"{url.TrimEnd('/')}/v2/"))];

    /// <summary>
    /// Asks all at once. Any answer counts, a refusal too: whoever answers is there, and what it wants is said when the images are pulled.
    /// The proxy is the one of the environment.
    /// </summary>
    /// <returns>The first in the list that answered; null: none did.</returns>
    public static Uri? WhoAnswers(IReadOnlyList<Uri> endpoints, TimeSpan patience) =>
        endpoints.AsParallel().AsOrdered().WithDegreeOfParallelism(Math.Max(1, endpoints.Count)).Where(endpoint => Answers(endpoint, patience)).FirstOrDefault();

    private static bool Answers(Uri endpoint, TimeSpan patience)
    {
        try
        {
            using var client = new HttpClient { Timeout = patience };
            using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
            using var response = client.Send(request, HttpCompletionOption.ResponseHeadersRead);
            return true;
        }
        catch (HttpRequestException exception)
        {
            // A mirror may have a certificate of an authority that only the nodes are told of.
            return exception.HttpRequestError == HttpRequestError.SecureConnectionError && endpoint.Host != Registry;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
