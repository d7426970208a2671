using k8s;
using KubePivot.Integration.Tests.Bootkube;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Assets;

/// <summary>The node program brings the API of metrics-server to a server that cannot apply such objects server-side.</summary>
public sealed class AggregatedApiTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_aggregated_API_is_created_kept_and_changed()
    {
        await using var server = await KubeApiServer.StartAsync(Stop);
        using var assets = new TestAssets(server);
        using var client = server.Client();
        Write(assets, priority: 100);
        Assert.Contains("APIService v1beta1.metrics.k8s.io created", await ApplyAsync(client, assets));
        var again = await ApplyAsync(client, assets);
        Assert.EndsWith($" {TestAssets.Count + 1} unchanged.", again.Split('\n').First(line => line.Contains("Applied", StringComparison.Ordinal)).TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain("APIService", again, StringComparison.Ordinal);

        Write(assets, priority: 101);
        Assert.Contains("APIService v1beta1.metrics.k8s.io changed", await ApplyAsync(client, assets));
        var found = await client.ApiregistrationV1.ReadAPIServiceAsync("v1beta1.metrics.k8s.io", cancellationToken: Stop);
        Assert.Equal(101, found.Spec.VersionPriority);
    }

    private static async Task<string> ApplyAsync(k8s.Kubernetes client, TestAssets assets)
    {
        await using var program = await NodeProgram.StartAsync(Stop, "apply", $"--asset-dir={assets.Folder}");
        await program.SaysAsync("Applied", Stop);
        await PlayedControllers.RollOutAsync(client, masters: 1, Stop);
        Assert.Equal(0, await program.ExitCodeAsync(Stop));
        return program.Output;
    }

    private static void Write(TestAssets assets, int priority) => assets.WriteManifest("metrics-server.yaml", $$"""
        apiVersion: apiregistration.k8s.io/v1
        kind: APIService
        metadata: { name: v1beta1.metrics.k8s.io }
        spec:
          group: metrics.k8s.io
          version: v1beta1
          groupPriorityMinimum: 100
          versionPriority: {{priority}}
          insecureSkipTLSVerify: true
          service: { name: metrics-server, namespace: kube-system, port: 443 }
        """);
}
