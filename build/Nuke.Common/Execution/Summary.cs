using System.Globalization;

namespace Nuke.Common.Execution;

/// <summary>What a build prints when it is over.</summary>
internal static class Summary
{
    private const int Column = 10;

    private const char Space = '\u00A0';

    public static void Write(NukeBuild build, Host host)
    {
        if (Logging.ErrorsAndWarnings.Count > 0)
        {
            using (host.WriteBlock("Errors & Warnings"))
            {
                Logging.WriteErrorsAndWarnings(host.Theme);
            }
        }

        WriteTable([.. build.ExecutionPlan], host.Theme);
        WriteOutcome(build.IsSucceeding, host.Theme);
    }

    private static void WriteTable(List<ExecutableTarget> plan, Theme theme)
    {
        var first = Math.Max(plan.Max(target => target.Name.Length) + 4, 19);
        theme.WriteDebug();
        theme.WriteDebug(new string('═', first + Column + Column));
        theme.WriteInformation(Line("Target", "Status", "Duration"));
        theme.WriteDebug(new string('─', first + Column + Column));
        foreach (var target in plan.Where(target => target.Status != ExecutionStatus.Collective))
        {
            WriteRow(target);
        }

        theme.WriteDebug(new string('─', first + Column + Column));
        theme.WriteInformation(Line("Total", "", Words(new TimeSpan(plan.Sum(target => target.Duration.Ticks)))));
        theme.WriteDebug(new string('═', first + Column + Column));

        void WriteRow(ExecutableTarget target)
        {
            var ran = target.Status is ExecutionStatus.Succeeded or ExecutionStatus.Failed or ExecutionStatus.Aborted;
            var line = Line(target.Name, target.Status.ToString(), ran ? Words(target.Duration) : "")
                + (target.SummaryInformation.Count == 0 ? "" : $"{Space}{Space}{Space}// {string.Join(", ", target.SummaryInformation.Select(pair => $"{pair.Key}: {pair.Value}"))}");
            Action<string> write = target.Status switch
            {
                ExecutionStatus.Skipped => theme.WriteDebug,
                ExecutionStatus.Succeeded => theme.WriteSuccess,
                ExecutionStatus.Failed => theme.WriteError,
                _ => theme.WriteWarning,
            };
            write(line);
        }

        string Line(string target, string status, string duration) =>
            target.PadRight(first, Space) + status.PadRight(Column, Space) + duration.PadLeft(Column, Space);
    }

    private static void WriteOutcome(bool succeeded, Theme theme)
    {
        theme.WriteDebug();
        var now = DateTime.Now.ToString(CultureInfo.CurrentCulture);
        if (succeeded)
        {
            theme.WriteSuccess($"Build succeeded on {now}. ＼（＾ᴗ＾）／");
        }
        else
        {
            theme.WriteError($"Build failed on {now}. (╯°□°）╯︵ ┻━┻");
        }
    }

    private static string Words(TimeSpan duration)
    {
        var words = $"{(int)duration.TotalMinutes}:{duration:ss}";
        return words == "0:00" ? "< 1sec" : words;
    }
}
