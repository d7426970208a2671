using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Files;

/// <summary>
/// Reads YAML that somebody has written by hand, or sent. The library reads nested values by calling itself, so that a file of some
/// thousand brackets would end the process; and a few aliases of aliases ("billion laughs") stand for more values than there is memory.
/// </summary>
internal static class BoundedYaml
{
    /// <summary>So deep may values lie in each other; Kubernetes' own objects need some twenty.</summary>
    public const int MaximumDepth = 100;

    /// <summary>So many values may there be, those that aliases stand for included.</summary>
    public const int MaximumValues = 1_000_000;

    /// <summary>Of the library's own words, in characters.</summary>
    private const int LongestMessage = 1000;

    /// <exception cref="YamlException">It is no YAML, nested too deeply, or too large; with the place.</exception>
    public static YamlStream Load(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new CountingParser(text));
            return stream;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The library's own slips over odd texts.
            throw new YamlException($"cannot be read: {Printable.Value(exception.Message)}");
        }
        catch (YamlException exception) when (exception.Message.Length > LongestMessage || exception.InnerException?.Message.Length > LongestMessage)
        {
            // It quotes what stands there, aliases written out.
            throw new YamlException(exception.Start, exception.End, Printable.Value((exception.InnerException ?? exception).Message));
        }
    }

    /// <summary>Hands the events of a text on, and counts as it does: the first that is too much is not handed on.</summary>
    private sealed class CountingParser(string text) : IParser
    {
        private readonly Parser parser = new(new Scanner(new StringReader(text)));
        private readonly Stack<(string? Anchor, long Before)> open = new();
        private readonly Dictionary<string, long> anchored = new(StringComparer.Ordinal);
        private long total;

        public ParsingEvent? Current => parser.Current;

        public bool MoveNext()
        {
            if (!parser.MoveNext())
            {
                return false;
            }

            var current = parser.Current!;
            Count(current);
            return open.Count <= MaximumDepth && total <= MaximumValues
                ? true
                : throw new YamlException(current.Start, current.End, open.Count > MaximumDepth ? $"is nested deeper than {MaximumDepth} levels" : $"stands for more than {MaximumValues} values");
        }

        private void Count(ParsingEvent current)
        {
            switch (current)
            {
                case AnchorAlias alias:
                    total += anchored.TryGetValue(alias.Value.Value, out var values)
                        ? values
                        : throw new YamlException(alias.Start, alias.End, $"the alias *{alias.Value.Value} stands for nothing, or for what it lies in");
                    break;
                case NodeEvent { NestingIncrease: 1 } start:
                    open.Push((AnchorOf(start), total++));
                    break;
                case MappingEnd or SequenceEnd:
                    var (anchor, before) = open.Pop();
                    Remember(anchor, total - before);
                    break;
                case Scalar scalar:
                    total++;
                    Remember(AnchorOf(scalar), 1);
                    break;
                default:
                    break;
            }
        }

        private void Remember(string? anchor, long values)
        {
            if (anchor != null)
            {
                anchored[anchor] = values;
            }
        }

        private static string? AnchorOf(NodeEvent node) => node.Anchor.IsEmpty ? null : node.Anchor.Value;
    }
}
