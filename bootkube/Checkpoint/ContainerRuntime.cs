using System.Net.Sockets;
using Bootkube.Checkpoint.Cri;
using Grpc.Core;
using Grpc.Net.Client;

namespace Bootkube.Checkpoint;

/// <summary>
/// Asks the container runtime what runs, through version 1 of its interface (CRI), which containerd has had since 1.6. It knows also what
/// the kubelet does not: one that was restarted while the API is away has forgotten all pods but the static ones.
/// </summary>
internal sealed class ContainerRuntime : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(3);

    private readonly GrpcChannel channel;

    private readonly RuntimeService.RuntimeServiceClient client;

    /// <param name="socket">As in <c>/run/containerd/containerd.sock</c>.</param>
    public ContainerRuntime(string socket)
    {
        channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, token) => ConnectAsync(socket, token) },
            MaxReceiveMessageSize = 16 * 1024 * 1024,
        });
        client = new(channel);
    }

    /// <summary>Why the last look failed; null if it did not.</summary>
    public string? Trouble { get; private set; }

    /// <summary>The pods of which a container runs; null if the runtime does not tell within 3 s.</summary>
    public async Task<IReadOnlyList<RunningPod>?> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var options = new CallOptions(deadline: DateTime.UtcNow + Bound, cancellationToken: cancellationToken);
            var containers = await client.ListContainersAsync(new() { Filter = new() { State = new() { State = ContainerState.ContainerRunning } } }, options);
            var sandboxes = await client.ListPodSandboxAsync(new(), options);
            var running = containers.Containers.ToLookup(container => container.PodSandboxId, container => container.Id, StringComparer.Ordinal);
            Trouble = null;
            return
            [
                .. sandboxes.Items.Where(sandbox => running.Contains(sandbox.Id)).Select(sandbox => new RunningPod(
                    sandbox.Metadata.Namespace,
                    sandbox.Metadata.Name,
                    sandbox.Annotations.ToDictionary(),
                    sandbox.Labels.ToDictionary(),
                    [.. running[sandbox.Id]])),
            ];
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            Trouble = exception.Status.Detail.Length > 0 ? exception.Status.Detail : exception.StatusCode.ToString();
            return null;
        }
    }

    public void Dispose() => channel.Dispose();

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
