using System.Text;

namespace KubePivot.Diagnosis;

/// <summary>What diagnose-node.sh writes, taken as it comes: whatever happens then, what has come so far is there. Bounded; thread-safe.</summary>
internal sealed class NodeAnswer : MemoryStream
{
    /// <summary>More than a node has to say that is bounded as it should.</summary>
    private const int MostBytes = 32 * 1024 * 1024;

    private readonly Lock access = new();

    /// <summary>Stands in no log.</summary>
    public string Mark { get; } = Guid.NewGuid().ToString("N");

    public override void Write(byte[] buffer, int offset, int count)
    {
        lock (access)
        {
            base.Write(buffer, offset, (int)Math.Min(count, Math.Max(0, MostBytes - Length)));
        }
    }

    /// <summary>The files that have come, by their paths.</summary>
    public IReadOnlyDictionary<string, string> Files()
    {
        string text;
        lock (access)
        {
            text = Encoding.UTF8.GetString(GetBuffer(), 0, (int)Length);
        }

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split($"\n== {Mark} ").Skip(1))
        {
            var end = part.IndexOf('\n', StringComparison.Ordinal);
            files[(end < 0 ? part : part[..end]).Trim()] = end < 0 ? "" : part[(end + 1)..];
        }

        return files;
    }
}
