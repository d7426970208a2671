using System.Net;

namespace Integration.Tests.Nodes;

/// <summary>A real HTTP server on loopback that answers as a kubelet or an etcd does when asked for its health.</summary>
public sealed class HealthEndpoint : IDisposable
{
    private readonly HttpListener listener = new();
    private int status = 200;

    public HealthEndpoint()
    {
        Port = Ssh.RemoteSshd.FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        listener.Prefixes.Add($"http://localhost:{Port}/");
        listener.Start();
        _ = AnswerAsync();
    }

    public int Port { get; }

    /// <summary>What it answers from now on; 200 at first.</summary>
    public void Answers(int code) => status = code;

    public void Dispose() => listener.Close();

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var asked = await listener.GetContextAsync();
                asked.Response.StatusCode = status;
                asked.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
        }
    }
}
