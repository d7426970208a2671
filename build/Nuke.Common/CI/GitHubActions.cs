using Nuke.Common.Execution;

namespace Nuke.Common.CI
{
    /// <summary>Marks hosts that are CI services.</summary>
    public interface IBuildServer
    {
        string Branch { get; }

        string Commit { get; }
    }
}

namespace Nuke.Common.CI.GitHubActions
{
    /// <summary>GitHub's CI service: targets are groups, warnings and errors are annotations.</summary>
    public class GitHubActions : Host, IBuildServer
    {
        internal GitHubActions() => Theme = Theme.Ansi();

        public string Branch => Environment.GetEnvironmentVariable("GITHUB_REF");

        public string Commit => Environment.GetEnvironmentVariable("GITHUB_SHA");

        internal static bool IsRunning => Environment.GetEnvironmentVariable("GITHUB_ACTIONS") != null;

        protected internal override IDisposable WriteBlock(string text)
        {
            WriteCommand("group", text);
            return new Block(() => WriteCommand("endgroup", text));
        }

        protected internal override void ReportWarning(string text, string details = null) => WriteCommand("warning", text);

        protected internal override void ReportError(string text, string details = null) => WriteCommand("error", text);

        private static void WriteCommand(string command, string message) => Console.WriteLine(
            $"::{command}::{message.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal)}");
    }
}
