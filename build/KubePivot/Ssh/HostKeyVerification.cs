using Renci.SshNet.Common;
using Renci.SshNet.Messages.Transport;

namespace KubePivot.Ssh;

/// <summary>Compares the key that a host shows with those pinned for it. Accepts nothing else, ever.</summary>
internal sealed class HostKeyVerification
{
    private readonly SshEndpoint endpoint;
    private HostKey? refused;

    /// <exception cref="StageException">No key is pinned for the host.</exception>
    public HostKeyVerification(SshEndpoint endpoint)
    {
        this.endpoint = endpoint;
        Pinned = KnownHosts.Load(endpoint.KnownHostsFile).KeysOf(endpoint.Address, endpoint.Port);
        if (Pinned.Count == 0)
        {
            throw new StageException(
                $"{endpoint.Node}: no host key is pinned for {KnownHosts.NameOf(endpoint.Address, endpoint.Port)} in {endpoint.KnownHostsFile}, so the machine cannot be told from another. Run ./build.sh VagrantUp --force, which records it.");
        }
    }

    public IReadOnlyList<HostKey> Pinned { get; }

    public void OnHostKeyReceived(object? sender, HostKeyEventArgs shown)
    {
        // The name is that of the signature (rsa-sha2-512 for a key of type ssh-rsa): the key itself is compared.
        var blob = Convert.ToBase64String(shown.HostKey);
        shown.CanTrust = Pinned.Any(key => key.Blob == blob);
        refused = shown.CanTrust ? null : new HostKey(shown.HostKeyName, blob);
    }

    /// <summary>Explains a failed connection if the host key was the reason.</summary>
    /// <exception cref="StageException">It was: with what is pinned, what was shown, and what to do.</exception>
    public void ThrowIfRefused(Exception failure)
    {
        var lacksPinnedType = failure is SshConnectionException { DisconnectReason: DisconnectReason.KeyExchangeFailed }
            && failure.Message.Contains("host key", StringComparison.OrdinalIgnoreCase);
        if (refused != null || lacksPinnedType)
        {
            throw new StageException(
                $"""
                {endpoint.Node}: the host key of {endpoint} is not the one that was pinned.
                  Expected: {string.Join(" or ", Pinned)} (pinned in {endpoint.KnownHostsFile})
                  Shown:    {refused?.ToString() ?? "no key of this type"}
                Another machine answers at this address, or this one was made anew outside of the build. Find out which before you go on:
                nothing was sent to it. If it is yours, remove its line from that file and run ./build.sh VagrantUp --force.
                """,
                failure);
        }
    }
}
