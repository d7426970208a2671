using System.Text;
using KubePivot.Commands;

namespace KubePivot.Nodes;

/// <summary>The bash programs that nodes run for us. They lie beside this file and are sent along with each call, so nothing of them stays behind.</summary>
internal static class NodeProgram
{
    /// <summary>A command line that runs a program.</summary>
    /// <param name="name">Its file name without <c>.sh</c>.</param>
    public static string CommandLine(string name, params IEnumerable<string> arguments)
    {
        using var stream = typeof(NodeProgram).Assembly.GetManifestResourceStream($"KubePivot.Nodes.{name}.sh")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return string.Join(' ', ["exec", "bash", "-c", LocalCommand.Quoted(reader.ReadToEnd()), name, .. arguments.Select(LocalCommand.Quoted)]);
    }
}
