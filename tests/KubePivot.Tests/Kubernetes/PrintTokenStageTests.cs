using System.Net;
using KubePivot.Stages;

namespace KubePivot.Tests.Kubernetes;

/// <summary>What the stage makes of an API's manners; that its token logs in is tested against a real API server.</summary>
public sealed class PrintTokenStageTests : IAsyncDisposable
{
    private const string Token = "header.payload.signature";

    private const string TokenPath = "POST /api/v1/namespaces/kube-system/serviceaccounts/admin-user/token";

    private const string ReviewPath = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    private readonly FakeCluster cluster = new();
    private readonly StringWriter output = new();
    private readonly List<string> bearers = [];

    public PrintTokenStageTests()
    {
        GiveTokenUntil("2026-01-02T00:00:00Z");
        cluster.Server.Answers[ReviewPath] = request =>
        {
            bearers.Add(request.Headers["Authorization"] ?? "nobody");
            return (HttpStatusCode.Created, """{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","metadata":{},"spec":{},"status":{"allowed":true}}""");
        };
    }

    [Fact]
    public async Task The_token_is_tried_by_its_bearer_before_it_is_printed()
    {
        await RunAsync(new());

        Assert.Equal([$"Bearer {Token}"], bearers);
        Assert.Equal(Token + Environment.NewLine, output.ToString());
        Assert.DoesNotContain(Token, cluster.Log);
    }

    [Fact]
    public async Task Refusals_of_a_server_that_has_just_started_are_forgiven()
    {
        cluster.Server.RefuseNext(HttpStatusCode.ServiceUnavailable, "not yet");
        cluster.Server.RefuseNext(HttpStatusCode.Unauthorized, "who are you");

        await RunAsync(new());

        Assert.Equal(Token, output.ToString().Trim());
    }

    [Fact]
    public async Task What_the_API_refuses_for_good_is_told_in_its_own_words()
    {
        cluster.Server.Answers[TokenPath] = _ => (HttpStatusCode.UnprocessableEntity, FakeKubeApiServer.Failure(HttpStatusCode.UnprocessableEntity, "may not specify a duration less than 10 minutes"));

        var failure = await Assert.ThrowsAsync<StageException>(() => RunAsync(new()));

        Assert.Contains("the API refuses the request", failure.Message);
        Assert.Contains("422 may not specify a duration less than 10 minutes", failure.Message);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public async Task A_token_that_is_not_accepted_is_never_printed_nor_told()
    {
        cluster.Server.Answers[ReviewPath] = _ => (HttpStatusCode.Unauthorized, FakeKubeApiServer.Failure(HttpStatusCode.Unauthorized, "Unauthorized"));

        var failure = await Assert.ThrowsAsync<StageException>(() => RunAsync(new()));

        Assert.Contains("a login token from https://10.64.7.10:7443: not within 1 min", failure.Message);
        Assert.Contains("401 Unauthorized", failure.Message);
        Assert.DoesNotContain(Token, failure.ToString() + cluster.Log + output);
    }

    [Fact]
    public async Task A_shorter_life_than_was_asked_is_told()
    {
        GiveTokenUntil("2026-01-01T01:00:00Z");

        await RunAsync(new());

        Assert.Contains("warning: The API server allows no longer tokens: this one ends 2026-01-01 01:00Z.", cluster.Log);
    }

    [Fact]
    public async Task An_installed_dashboard_needs_no_remark()
    {
        cluster.Server.Answers["GET /api/v1/namespaces/kube-system/services/kubernetes-dashboard"] = _ => (HttpStatusCode.OK, """{"kind":"Service","apiVersion":"v1","metadata":{"name":"kubernetes-dashboard"}}""");

        await RunAsync(new());

        Assert.DoesNotContain("not installed", cluster.Log);
        Assert.Contains("master03: Dashboard address: http://localhost:8001/api/v1/namespaces/kube-system/services/https:kubernetes-dashboard:/proxy/", cluster.Lines);
    }

    [Fact]
    public async Task On_a_CI_host_nobody_learns_the_token_but_who_asks_for_JSON()
    {
        await RunAsync(new() { MasksToken = true });
        Assert.DoesNotContain(Token, output.ToString() + cluster.Log);

        await RunAsync(new() { MasksToken = true, Json = true });
        Assert.Contains($"\"token\": \"{Token}\"", output.ToString());
    }

    [Fact]
    public void What_holds_a_token_does_not_show_it_by_accident()
    {
        Assert.DoesNotContain(Token, new KubePivot.Kubernetes.LoginToken(Token, DateTimeOffset.UnixEpoch).ToString());
        Assert.DoesNotContain(Token, new KubePivot.Kubernetes.Access(Token, DateTimeOffset.UnixEpoch, "https://x", "/k", null).ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        await output.DisposeAsync();
    }

    private Task RunAsync(PrintTokenOptions options) => new PrintTokenStage(cluster.Context, options with { Output = output }).RunAsync();

    private void GiveTokenUntil(string end) => cluster.Server.Answers[TokenPath] = _ =>
        (HttpStatusCode.Created, $$"""{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","metadata":{},"spec":{"audiences":[]},"status":{"token":"{{Token}}","expirationTimestamp":"{{end}}"} }""");
}
