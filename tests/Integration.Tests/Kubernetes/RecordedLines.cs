using System.Collections.Concurrent;
using KubePivot.Stages;

namespace KubePivot.Integration.Tests.Kubernetes;

/// <summary>Keeps what a stage tells, for a test to look at.</summary>
internal sealed class RecordedLines : IStageReporter
{
    private readonly ConcurrentQueue<string> lines = new();

    /// <summary>All lines so far, with the article's node prefix.</summary>
    public IReadOnlyCollection<string> All => lines;

    public string Text => string.Join('\n', lines);

    public void Info(string message, string? node = null) => lines.Enqueue(node == null ? message : $"{node}: {message}");

    public void Warning(string message, string? node = null) => Info($"warning: {message}", node);

    public void Detail(string message, string? node = null) => Info($"detail: {message}", node);

    public IDisposable Step(string step, string? node = null) => new MemoryStream();
}
