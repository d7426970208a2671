using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Kubernetes;
using KubePivot.Stages;

namespace KubePivot.Integration.Tests.Kubernetes;

/// <summary>The token comes from a real TokenRequest API, and a real API server judges it.</summary>
public sealed class PrintTokenTests(RunningApi running) : IClassFixture<RunningApi>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_printed_token_lists_secrets_and_a_wrong_one_is_refused()
    {
        using var cluster = new RealCluster(running.Server);
        await CreateAdminUserAsync();
        using var output = new StringWriter();

        await new PrintTokenStage(cluster.Context, new PrintTokenOptions { Output = output }).RunAsync();

        var token = output.ToString().Trim();
        using (var bearer = ClusterApi.OpenWithToken(cluster.Paths, token))
        {
            await bearer.CoreV1.ListSecretForAllNamespacesAsync(cancellationToken: Stop);
        }

        using var wrong = ClusterApi.OpenWithToken(cluster.Paths, token[..^4] + "AAAA");
        var refused = await Assert.ThrowsAsync<HttpOperationException>(() => wrong.CoreV1.ListSecretForAllNamespacesAsync(cancellationToken: Stop));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.Response.StatusCode);
    }

    [Fact]
    public async Task The_article_s_words_come_in_order_and_the_token_is_told_to_no_log()
    {
        using var cluster = new RealCluster(running.Server);
        await CreateAdminUserAsync();
        using var output = new StringWriter();

        await new PrintTokenStage(cluster.Context, new PrintTokenOptions { Output = output }).RunAsync();

        var text = cluster.Lines.Text;
        string[] words =
        [
            $"master03:   export KUBECONFIG={cluster.Paths.Kubeconfig}",
            " proxy",
            "master03: Dashboard address: http://localhost:8001/api/v1/namespaces/kube-system/services/https:kubernetes-dashboard:/proxy/",
            "is not installed",
            "master03: The login token is:",
        ];
        Assert.Equal(words, words.OrderBy(word => text.IndexOf(word, StringComparison.Ordinal)));
        Assert.All(words, word => Assert.Contains(word, text));
        Assert.DoesNotContain(output.ToString().Trim(), text);
        Assert.DoesNotContain("eyJ", text);
    }

    [Fact]
    public async Task Json_is_one_object_and_nothing_else_also_where_text_would_mask_the_token()
    {
        using var cluster = new RealCluster(running.Server);
        await CreateAdminUserAsync();
        using var output = new StringWriter();

        await new PrintTokenStage(cluster.Context, new PrintTokenOptions { Output = output, Json = true, MasksToken = true, Duration = TimeSpan.FromHours(2) }).RunAsync();

        var root = JsonDocument.Parse(output.ToString()).RootElement;
        using var bearer = ClusterApi.OpenWithToken(cluster.Paths, root.GetProperty("token").GetString()!);
        await LoginToken.VerifyAsync(bearer, Stop);
        Assert.InRange(root.GetProperty("expires").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(118), TimeSpan.FromMinutes(121));
        Assert.Equal(cluster.Paths.Kubeconfig, root.GetProperty("kubeconfig").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("dashboard").ValueKind);
        Assert.DoesNotContain(cluster.Lines.All, line => !line.Contains("detail:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_a_CI_host_the_token_is_masked()
    {
        using var cluster = new RealCluster(running.Server);
        await CreateAdminUserAsync();
        using var output = new StringWriter();

        await new PrintTokenStage(cluster.Context, new PrintTokenOptions { Output = output, MasksToken = true }).RunAsync();

        Assert.Equal("***", output.ToString().Trim());
    }

    [Fact]
    public async Task A_missing_service_account_is_named_with_the_manifest_that_brings_it()
    {
        using var cluster = new RealCluster(running.Server);
        using var api = running.Server.Client();
        await CreateAdminUserAsync();
        await api.CoreV1.DeleteNamespacedServiceAccountAsync(LoginToken.ServiceAccount, LoginToken.Namespace, cancellationToken: Stop);

        var failure = await Assert.ThrowsAsync<StageException>(() => new PrintTokenStage(cluster.Context, new PrintTokenOptions { Output = TextWriter.Null }).RunAsync());

        Assert.Contains("kube-system/admin-user", failure.Message);
        Assert.Contains("kube-system-rbac-role-binding.yaml", failure.Message);
    }

    [Fact]
    public async Task A_bearer_who_may_not_do_everything_is_found_out_before_printing()
    {
        using var cluster = new RealCluster(running.Server);
        using var api = running.Server.Client();
        await CreateAdminUserAsync();
        await api.RbacAuthorizationV1.DeleteClusterRoleBindingAsync(LoginToken.ServiceAccount, cancellationToken: Stop);
        using var output = new StringWriter();

        var failure = await Assert.ThrowsAsync<StageException>(() => new PrintTokenStage(cluster.Context, new PrintTokenOptions { Output = output }).RunAsync());

        Assert.Contains("may not do everything", failure.Message);
        Assert.Empty(output.ToString());
    }

    /// <summary>As kube-system-rbac-role-binding.yaml does; what is there already stays.</summary>
    private async Task CreateAdminUserAsync()
    {
        using var api = running.Server.Client();
        await IfMissing(() => api.CoreV1.CreateNamespacedServiceAccountAsync(
            new V1ServiceAccount { Metadata = new() { Name = LoginToken.ServiceAccount } }, LoginToken.Namespace, cancellationToken: Stop));
        await IfMissing(() => api.RbacAuthorizationV1.CreateClusterRoleBindingAsync(
            new V1ClusterRoleBinding
            {
                Metadata = new() { Name = LoginToken.ServiceAccount },
                RoleRef = new() { ApiGroup = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = "cluster-admin" },
                Subjects = [new() { Kind = "ServiceAccount", Name = LoginToken.ServiceAccount, NamespaceProperty = LoginToken.Namespace }],
            },
            cancellationToken: Stop));
    }

    private static async Task IfMissing(Func<Task> create)
    {
        try
        {
            await create();
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == System.Net.HttpStatusCode.Conflict)
        {
        }
    }
}
