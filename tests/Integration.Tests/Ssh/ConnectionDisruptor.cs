using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Integration.Tests.Ssh;

/// <summary>Stands between a client and a server on loopback, and breaks their connections when told to.</summary>
public sealed class ConnectionDisruptor : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> sockets = [];
    private readonly int target;
    private readonly Task accepting;
    private long budget = long.MaxValue;
    private volatile bool frozen;

    public ConnectionDisruptor(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Cuts all connections now; new ones are served.</summary>
    public void Cut()
    {
        while (sockets.TryTake(out var socket))
        {
            socket.Dispose();
        }
    }

    /// <summary>Cuts all connections as soon as so many further bytes have gone to the server.</summary>
    public void CutAfter(long bytesToServer) => Interlocked.Exchange(ref budget, bytesToServer);

    /// <summary>From now on nothing goes through, and nothing says so: a machine that lost its power.</summary>
    public void Freeze() => frozen = true;

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        Cut();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptSocketAsync();
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(client);
                sockets.Add(server);
                await server.ConnectAsync(IPAddress.Loopback, target);
                _ = PumpAsync(client, server, counted: true);
                _ = PumpAsync(server, client, counted: false);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool counted)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                if (counted && Interlocked.Add(ref budget, -count) < 0)
                {
                    Interlocked.Exchange(ref budget, long.MaxValue);
                    Cut();
                    return;
                }

                if (!frozen)
                {
                    await to.SendAsync(buffer.AsMemory(0, count));
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
