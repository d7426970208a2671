using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using Nuke.Common.Execution;

namespace KubePivot.Execution;

/// <summary>
/// Answers <c>--plan</c> before the engine does, for that needs a browser: prints the order, writes it as a page too, and opens the
/// page where something can open it.
/// </summary>
internal sealed class ShowPlanAttribute : BuildExtensionAttributeBase, IOnBuildInitialized
{
    /// <summary>Before the engine's own answer (10).</summary>
    public override float Priority { get; set; } = 20;

    public void OnBuildInitialized(IReadOnlyCollection<ExecutableTarget> executableTargets, IReadOnlyCollection<ExecutableTarget> executionPlan)
    {
        if (!Build.Plan || Build.Help)
        {
            return;
        }

        var steps = executionPlan.Where(target => target.Actions.Count > 0).ToList();
        var page = Path.Combine(Build.TemporaryDirectory, "execution-plan.html");
        File.WriteAllText(page, Page(steps));
        Console.WriteLine(Text(steps));
        Console.WriteLine($"As a page: {page}");
        if (Build.IsLocalBuild && !Console.IsOutputRedirected)
        {
            Open(page);
        }

        Environment.Exit(0);
    }

    internal static string Text(IReadOnlyList<ExecutableTarget> steps)
    {
        var width = steps.Count == 0 ? 0 : steps.Max(step => step.Name.Length);
        return string.Join(Environment.NewLine, ["Would run, in this order:", .. steps.Select((step, index) => $"{index + 1,3}. {step.Name.PadRight(width)}  {step.Description}".TrimEnd())]);
    }

    internal static string Page(IReadOnlyList<ExecutableTarget> steps)
    {
        var items = steps.Select(step =>
            $"  <li><b>{WebUtility.HtmlEncode(step.Name)}</b> {WebUtility.HtmlEncode(step.Description)}{After(step)}</li>");
        return string.Join('\n', [
            "<!DOCTYPE html>",
            "<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Execution plan</title>",
            "<style>body{font-family:sans-serif;margin:2em;max-width:60em}li{margin:.5em 0}small{color:#666}</style></head>",
            "<body><h1>Execution plan</h1><ol>",
            .. items,
            "</ol></body></html>",
            ""]);
    }

    private static string After(ExecutableTarget step) => step.ExecutionDependencies.Count == 0
        ? ""
        : $" <small>after {WebUtility.HtmlEncode(string.Join(", ", step.ExecutionDependencies.Select(dependency => dependency.Name)))}</small>";

    private static void Open(string page)
    {
        try
        {
            Process.Start(new ProcessStartInfo(page) { UseShellExecute = true })?.Dispose();
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            // Nothing here opens pages: the path is printed.
        }
    }
}
