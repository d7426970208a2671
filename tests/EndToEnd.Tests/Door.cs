using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace KubePivot.EndToEnd;

/// <summary>How a server's port received somebody.</summary>
public enum Reception
{
    /// <summary>Nobody listens there, or not for us.</summary>
    NoConnection,

    /// <summary>TLS ended with the server's alert, before anything was asked.</summary>
    TurnedAway,

    /// <summary>401: the server does not know who is asking.</summary>
    Unauthorized,

    /// <summary>403: it knows, or takes him for anybody, and he may not.</summary>
    Forbidden,

    /// <summary>An answer.</summary>
    Answered,
}

/// <summary>A TLS port, asked with any certificate or none. Who the server is, is not looked at here.</summary>
/// <param name="Path">What is asked for, as in <c>/metrics</c>.</param>
internal sealed record Door(string Host, int Port, string Path)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    /// <summary>The server is taken for who it is: what counts here is whom it takes us for.</summary>
    /// <param name="certificate">Shown to the server, whichever authorities it asks for; null: none.</param>
    [SuppressMessage("Security", "CA5359:Do Not Disable Certificate Validation", Justification = "controller manager and scheduler show certificates of their own making, which nobody can verify")]
    public async Task<Reception> KnockAsync(X509Certificate2? certificate)
    {
        using var bound = new CancellationTokenSource(Bound);
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(Host, Port, bound.Token);
        }
        catch (SocketException)
        {
            return Reception.NoConnection;
        }

        try
        {
            await using var stream = new SslStream(socket.GetStream());
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = Host,
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                    LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
                },
                bound.Token);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {Path} HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\n\r\n"), bound.Token);
            using var reader = new StreamReader(stream);
            return (await reader.ReadLineAsync(bound.Token))?.Split(' ') switch
            {
                null => Reception.TurnedAway,
                [_, "401", ..] => Reception.Unauthorized,
                [_, "403", ..] => Reception.Forbidden,
                [_, var status, ..] when int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out _) => Reception.Answered,
                var line => throw new InvalidDataException($"{this} answered with '{string.Join(' ', line)}'"),
            };
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return Reception.TurnedAway;
        }
    }

    public override string ToString() => $"{Host}:{Port}{Path}";
}
