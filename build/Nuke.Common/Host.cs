using Nuke.Common.CI.GitHubActions;
using Nuke.Common.Execution;

namespace Nuke.Common;

/// <summary>Where the build runs, and how it talks there.</summary>
public partial class Host
{
    protected Host() => Theme = Theme.ForTerminal();

    internal Theme Theme { get; private protected init; }

    /// <param name="name">Value of <c>--host</c>, the end of a type's name; null: found out by the environment.</param>
    internal static Host Create(string name)
    {
        if (name == null)
        {
            return GitHubActions.IsRunning ? new GitHubActions() : new Terminal();
        }

        return typeof(GitHubActions).FullName.EndsWith(name, StringComparison.OrdinalIgnoreCase) ? new GitHubActions()
            : typeof(Terminal).FullName.EndsWith(name, StringComparison.OrdinalIgnoreCase) ? new Terminal()
            : throw new Exception(string.Join(
                Environment.NewLine,
                ["Resolving argument 'Host' failed.", $"Value '{name}' could not be converted to 'Host'", "Arguments were:",
                    .. EnvironmentInfo.CommandLineArguments.Select((word, index) => $"  [{index}] = {word}")]));
    }

    /// <summary>Begins a block of output, to the disposal of what it returns.</summary>
    protected internal virtual IDisposable WriteBlock(string text)
    {
        Theme.WriteDebug();
        Theme.WriteDebug("╬" + new string('═', text.Length + 5));
        Theme.WriteDebug($"║ {Theme.Information(text)}");
        Theme.WriteDebug("╬" + new string('═', Math.Max(text.Length - 4, 2)));
        Theme.WriteDebug();
        return new Block(() => { });
    }

    protected internal virtual void ReportWarning(string text, string details = null)
    {
    }

    protected internal virtual void ReportError(string text, string details = null)
    {
    }

    /// <summary>What happens at the end of a block.</summary>
    private protected sealed class Block(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

