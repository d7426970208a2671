namespace KubePivot.Images;

/// <summary>Whether a container registry can be reached from here.</summary>
public static class RegistryProbe
{
    /// <summary>The registry that the control plane's images come from, at its API's base (https://distribution.github.io/distribution/spec/api/).</summary>
    public static Uri Upstream { get; } = new("https://registry.k8s.io/v2/");

    /// <summary>How long an answer may take.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(3);

    /// <summary>Asks the registry. Any answer counts, a refusal too: whoever answers is there. The proxy is the one of the environment.</summary>
    /// <param name="patience">How long the answer may take; a name that does not resolve is known at once.</param>
    public static bool Answers(Uri registry, TimeSpan patience)
    {
        try
        {
            using var client = new HttpClient { Timeout = patience };
            using var request = new HttpRequestMessage(HttpMethod.Get, registry);
            using var response = client.Send(request, HttpCompletionOption.ResponseHeadersRead);
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
