using System.Text;
using System.Text.Json;
using KubePivot.Commands;

namespace KubePivot.Ssh;

/// <summary>Follows the journal of one systemd unit. It remembers where it is, so that it goes on without a gap on another connection.</summary>
/// <param name="onMessage">Called with each line of each message.</param>
public sealed class UnitJournal(string unit, Action<string> onMessage)
{
    private string from = "";

    /// <summary>The last line that came, or null.</summary>
    public string? LastLine { get; private set; }

    /// <summary>Starts after an entry of the journal; empty: at its very beginning. Does nothing once entries have come.</summary>
    public void StartAfter(string cursor) => StartAt(cursor.Length == 0 ? "" : $"--after-cursor={cursor}");

    /// <summary>Starts at a time, seconds since 1970. Does nothing once entries have come.</summary>
    public void StartSince(string seconds) => StartAt(seconds.Length == 0 ? "" : $"--since=@{seconds}");

    /// <summary>Passes messages on as they are written, until it is cancelled.</summary>
    /// <exception cref="NodeConnectionLostException">The connection broke: follow again on another.</exception>
    public async Task FollowAsync(NodeConnection connection, CancellationToken cancellationToken) =>
        (await RunAsync(connection, "--follow --no-tail", cancellationToken).ConfigureAwait(false)).ThrowOnFailure($"could not follow the journal of {unit}");

    /// <summary>Passes on what has been written since, and ends.</summary>
    public async Task CatchUpAsync(NodeConnection connection, CancellationToken cancellationToken) =>
        (await RunAsync(connection, "", cancellationToken).ConfigureAwait(false)).ThrowOnFailure($"could not read the journal of {unit}");

    /// <summary>The text of a journal entry and its place.</summary>
    /// <remarks>Fields: systemd.journal-fields(7). A message that is not UTF-8 comes as an array of bytes.</remarks>
    internal static (string? Cursor, string Message) Parse(string line)
    {
        try
        {
            using var entry = JsonDocument.Parse(line);
            if (entry.RootElement.ValueKind != JsonValueKind.Object)
            {
                return (null, line);
            }

            var cursor = entry.RootElement.TryGetProperty("__CURSOR", out var place) && place.ValueKind == JsonValueKind.String ? place.GetString() : null;
            return (cursor, !entry.RootElement.TryGetProperty("MESSAGE", out var message) ? "" : message.ValueKind switch
            {
                JsonValueKind.String => message.GetString()!,
                JsonValueKind.Array => Encoding.UTF8.GetString([.. message.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Number && value.TryGetByte(out var octet) ? octet : (byte)'?')]),
                _ => "",
            });
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // journalctl's own words, as in "-- No entries --"; or half of a character, which JSON may hold and text may not.
            return (null, line);
        }
    }

    private void StartAt(string place)
    {
        if (LastLine == null)
        {
            from = place;
        }
    }

    private Task<CommandResult> RunAsync(NodeConnection connection, string how, CancellationToken cancellationToken) => connection.RunAsync(
        $"exec journalctl --unit={unit} --quiet --output=json --output-fields=MESSAGE {how} {NodeConnection.Quoted(from.Length == 0 ? "--boot" : from)}",
        onLine: Take,
        cancellationToken: cancellationToken);

    private void Take(string line)
    {
        var (cursor, message) = Parse(line);
        if (cursor != null)
        {
            from = $"--after-cursor={cursor}";
        }

        foreach (var text in message.Split('\n'))
        {
            LastLine = text;
            onMessage(text);
        }
    }
}
