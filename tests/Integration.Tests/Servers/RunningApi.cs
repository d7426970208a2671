namespace KubePivot.Integration.Tests.Servers;

/// <summary>
/// One API server for all tests of a class (<c>IClassFixture&lt;RunningApi&gt;</c>), started before the first. Tests share its
/// data, so each uses names of its own.
/// </summary>
public sealed class RunningApi : IAsyncLifetime
{
    private KubeApiServer? server;

    /// <summary>The server; asking for it skips the test, with the reason, where there can be none.</summary>
    public KubeApiServer Server
    {
        get
        {
            Assert.SkipWhen(KubeApiServer.Unavailable != null, KubeApiServer.Unavailable ?? "");
            return server!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (KubeApiServer.Unavailable == null)
        {
            server = await KubeApiServer.StartAsync();
        }
    }

    public ValueTask DisposeAsync() => server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
