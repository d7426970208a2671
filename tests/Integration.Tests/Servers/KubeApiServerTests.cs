using k8s;
using k8s.Models;
using KubePivot.Waiting;

namespace KubePivot.Integration.Tests.Servers;

/// <summary>The fixtures do what they say; everything else leans on them.</summary>
public sealed class KubeApiServerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_object_survives_a_restart_and_the_service_has_an_endpoint()
    {
        await using var server = await KubeApiServer.StartAsync(Stop);
        using var client = server.Client();
        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = "kept" } }, cancellationToken: Stop);

        await server.RestartAsync(Stop);

        var kept = await client.CoreV1.ReadNamespaceAsync("kept", cancellationToken: Stop);
        Assert.Equal("Active", kept.Status.Phase);
        // The server writes its endpoint once it runs, a moment after it calls itself ready.
        await new Wait(TimeProvider.System, _ => { }).UntilAsync("the endpoint", TimeSpan.FromSeconds(60), TimeSpan.FromMilliseconds(100), async stop =>
        {
            var all = await client.CoreV1.ListNamespacedEndpointsAsync("default", cancellationToken: stop);
            var addresses = all.Items.Where(item => item.Metadata.Name == "kubernetes").SelectMany(item => item.Subsets ?? []).SelectMany(subset => subset.Addresses).Select(address => address.Ip).ToList();
            return new Observation(addresses.Count == 1 && addresses[0] == KubeApiServer.AdvertisedAddress, string.Join(' ', addresses));
        }, cancellationToken: Stop);
    }

    [Fact]
    public async Task A_user_without_rights_is_refused()
    {
        await using var server = await KubeApiServer.StartAsync(Stop);
        using var client = server.Client(server.WriteKubeconfig("nobody", "nobody", "nobodies"));

        var refused = await Assert.ThrowsAsync<k8s.Autorest.HttpOperationException>(() => client.CoreV1.ListNamespaceAsync(cancellationToken: Stop));

        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.Response.StatusCode);
    }
}
