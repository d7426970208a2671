using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace KubePivot.Kubernetes;

/// <summary>A token that logs in at the API and the dashboard.</summary>
/// <param name="Value">A secret: for the person who asked, and for no log, file or message.</param>
/// <param name="Expires">When it ends; the API server may allow less than was asked.</param>
public sealed record LoginToken(string Value, DateTimeOffset Expires)
{
    /// <summary>The service account that the token stands for; <c>kube-system-rbac-role-binding.yaml</c> creates it and makes it a cluster administrator.</summary>
    public const string ServiceAccount = "admin-user";

    public const string Namespace = "kube-system";

    /// <summary>Says when it ends, and not what it is.</summary>
    public override string ToString() => $"a token of {Namespace}/{ServiceAccount} until {Expires:yyyy-MM-dd HH:mm}Z";

    /// <summary>Asks the TokenRequest API for a token.</summary>
    /// <param name="duration">See <see cref="TokenDuration"/> for its range.</param>
    /// <exception cref="StageException">There is no such service account.</exception>
    /// <exception cref="HttpOperationException">The API refuses, in its own words.</exception>
    public static async Task<LoginToken> RequestAsync(IKubernetes api, TimeSpan duration, CancellationToken cancellationToken)
    {
        var request = new Authenticationv1TokenRequest { Spec = new V1TokenRequestSpec { Audiences = [], ExpirationSeconds = (long)duration.TotalSeconds } };
        try
        {
            var answer = await api.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, ServiceAccount, Namespace, cancellationToken: cancellationToken).ConfigureAwait(false);
            return new LoginToken(answer.Status.Token, (answer.Status.ExpirationTimestamp ?? throw new StageException("The API gave a token that has no end.")).ToUniversalTime());
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            throw new StageException(
                $"Asked for a token of the service account {Namespace}/{ServiceAccount}, the API said: {ApiFailure.Words(exception)}. "
                + "It comes from the manifest kube-system-rbac-role-binding.yaml: run ./build.sh StartBootkube --force.");
        }
    }

    /// <summary>Asks the API, as a client that shows nothing but a token, what its bearer may do.</summary>
    /// <param name="api">That client (<see cref="ClusterApi.OpenWithToken"/>).</param>
    /// <exception cref="HttpOperationException">The token is not accepted (401).</exception>
    /// <exception cref="StageException">The bearer is no cluster administrator.</exception>
    public static async Task VerifyAsync(IKubernetes api, CancellationToken cancellationToken)
    {
        var everything = new V1ResourceAttributes { Group = "*", Resource = "*", Verb = "*", Version = "*" };
        var review = new V1SelfSubjectAccessReview { Spec = new V1SelfSubjectAccessReviewSpec { ResourceAttributes = everything } };
        var answer = await api.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(review, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (!answer.Status.Allowed)
        {
            throw new StageException(
                $"The token of {Namespace}/{ServiceAccount} logs in, but may not do everything: {answer.Status.Reason ?? "no rule allows it"}. "
                + $"The ClusterRoleBinding {ServiceAccount} is missing or changed: run ./build.sh StartBootkube --force.");
        }
    }
}
