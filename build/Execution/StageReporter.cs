using KubePivot.Stages;
using Serilog.Events;
using Serilog.Parsing;

namespace KubePivot.Execution;

/// <summary>Tells what the stages do, through the build's log: each line of a message behind its node's name.</summary>
/// <param name="live">Where a person looks on, who is not shown details; null elsewhere.</param>
internal sealed class StageReporter(Timeline timeline, LiveLines? live) : IStageReporter
{
    private readonly Lock access = new();

    public void Info(string message, string? node = null) => Tell(LogEventLevel.Information, message, node);

    public void Warning(string message, string? node = null) => Tell(LogEventLevel.Warning, message, node);

    public void Detail(string message, string? node = null) => Tell(LogEventLevel.Verbose, message, node);

    public bool Redraw(IReadOnlyList<string> lines, string? node = null)
    {
        lock (access)
        {
            live?.Draw([.. lines.Select(line => node == null ? line : $"{node}: {line}")]);
            return live != null;
        }
    }

    public IDisposable Step(string step, string? node = null) => timeline.Step(step, node);

    /// <summary>Messages are texts, no templates: a brace in them is a brace.</summary>
    private void Tell(LogEventLevel level, string message, string? node)
    {
        lock (access)
        {
            if (level >= LogEventLevel.Information)
            {
                live?.Erase();
            }

            Write(level, message, node);
        }
    }

    private static void Write(LogEventLevel level, string message, string? node)
    {
        foreach (var line in message.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
        {
            MessageTemplateToken[] tokens = node == null ? [new TextToken(line)] : [new PropertyToken("Node", "{Node:l}", "l"), new TextToken($": {line}")];
            Log.Write(new LogEvent(
                DateTimeOffset.Now,
                level,
                exception: null,
                new MessageTemplate(line, tokens),
                node == null ? [] : [new LogEventProperty("Node", new ScalarValue(node))]));
        }
    }
}
