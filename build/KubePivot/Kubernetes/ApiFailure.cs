using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace KubePivot.Kubernetes;

/// <summary>What the API's failures mean, in words for people. The words never hold a credential.</summary>
public static class ApiFailure
{
    /// <summary>Whether an exception says something about the API or the way to it, rather than about our own code.</summary>
    public static bool Is(Exception exception) => exception
        is HttpOperationException or HttpRequestException or KubernetesException or IOException or SocketException or JsonException or AuthenticationException or OperationCanceledException;

    /// <summary>The HTTP status that the API answered with; null if it did not answer, or not in full.</summary>
    public static HttpStatusCode? StatusOf(Exception exception) => exception switch
    {
        HttpOperationException answer => answer.Response.StatusCode,
        KubernetesException { Status.Code: { } code } => (HttpStatusCode)code,
        _ => null,
    };

    /// <summary>One line: <c>connection refused</c>, <c>403 pods is forbidden: …</c>.</summary>
    public static string Words(Exception exception) => exception switch
    {
        HttpOperationException answer => $"{(int)answer.Response.StatusCode} {OwnWords(answer.Response.Content) ?? answer.Response.StatusCode.ToString()}",
        KubernetesException { Status: { } status } => $"{status.Code} {status.Message}",
        OperationCanceledException => "no answer in time",
        HttpRequestException { InnerException: AuthenticationException inner } => inner.Message,
        HttpRequestException { InnerException: SocketException inner } => inner.Message,
        HttpRequestException { InnerException: { } inner } => $"{exception.Message} {inner.Message}",
        _ => exception.Message,
    };

    /// <summary>What the server says about itself, not the request: that may hold a token.</summary>
    private static string? OwnWords(string? content)
    {
        try
        {
            return string.IsNullOrEmpty(content) ? null : KubernetesJson.Deserialize<V1Status>(content).Message;
        }
        catch (JsonException)
        {
            return content!.Split('\n')[0];
        }
    }
}
