namespace KubePivot.Ssh;

/// <summary>The connection to a node broke while a command ran there: whether the command did its work is unknown. Connecting again may help.</summary>
public sealed class NodeConnectionLostException : StageException
{
    /// <param name="node">Name of the node.</param>
    /// <param name="command">The command as messages show it.</param>
    /// <param name="lastSeen">Last line that came from it, or null.</param>
    /// <param name="reason">What the connection said.</param>
    public NodeConnectionLostException(string node, string command, string? lastSeen, string reason, Exception? innerException = null)
        : base(
            string.Join(Environment.NewLine, [
                $"{node}: the connection broke while a command ran: {reason}",
                $"  > {command}",
                lastSeen == null ? "  It had said nothing yet." : $"  Last line seen: {lastSeen}",
                "Look whether the machine runs; doing the same again is safe.",
            ]),
            innerException)
    {
    }
}
