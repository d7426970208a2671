using System.Net;
using System.Net.Sockets;
using KubePivot.Commands;

namespace KubePivot.EndToEnd;

/// <summary>A port that a node can reach, brought to this machine through SSH, as long as this object lives.</summary>
internal sealed class NodeTunnel : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource stop = new();

    private Task running = Task.CompletedTask;

    private NodeTunnel(int port) => Port = port;

    /// <summary>The port on this machine.</summary>
    public int Port { get; }

    /// <param name="address">The node's.</param>
    /// <param name="target">Where the node is to connect to, as in <c>127.0.0.1:10257</c>.</param>
    /// <param name="here">The address of this machine's loopback that the port is opened on.</param>
    public static async Task<NodeTunnel> OpenAsync(ThrowAwayCluster cluster, string address, string target, string here = "127.0.0.1")
    {
        var tunnel = new NodeTunnel(FreePort());
        tunnel.running = LocalCommand.RunAsync("ssh", ["-N", "-o", "ExitOnForwardFailure=yes", "-L", $"{here}:{tunnel.Port}:{target}", .. cluster.SshTo(address)], cancellationToken: tunnel.stop.Token);
        await ThrowAwayCluster.EventuallyAsync($"the tunnel through {address} to {target} is open", Bound, async () =>
        {
            using var socket = new TcpClient();
            try
            {
                await socket.ConnectAsync(here, tunnel.Port);
                return (true, "");
            }
            catch (SocketException exception)
            {
                return (false, exception.Message);
            }
        });
        return tunnel;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ContinueWith(_ => { }, TaskScheduler.Default);
        stop.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
