using Renci.SshNet;
using Renci.SshNet.Common;

namespace KubePivot.Ssh;

/// <summary>Asks a machine for its host key, to pin it on first contact. No credential is sent.</summary>
public static class HostKeyScan
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>The key that the machine shows to a client that has none pinned; null while it does not answer as an SSH server.</summary>
    public static async Task<HostKey?> TryReadAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        HostKey? shown = null;
        var connection = new ConnectionInfo(endpoint.Address, endpoint.Port, endpoint.User, new NoneAuthenticationMethod(endpoint.User)) { Timeout = Timeout };
        using var client = new SshClient(connection);
        client.HostKeyReceived += (_, key) =>
        {
            shown = HostKey.Parse($"{TypeOf(key.HostKey)} {Convert.ToBase64String(key.HostKey)}");
            key.CanTrust = false;
        };
        try
        {
            await client.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SshException or System.Net.Sockets.SocketException or IOException)
        {
            // Refusing the key ends the connection, which is the purpose; a machine that boots shows none yet.
        }

        return shown;
    }

    /// <summary>The wire form begins with the length of the type's name, and the name.</summary>
    private static string TypeOf(byte[] blob) =>
        System.Text.Encoding.ASCII.GetString(blob, 4, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(blob));
}
