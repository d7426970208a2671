using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Nuke.Common.Execution;

/// <summary>Where log lines go: the console, the host's annotations, the list shown at the end, and the files of a local build.</summary>
public static class Logging
{
    private const string FileTemplate = "{Level:u1} | {ExecutingTarget,-20} | {Message:l}{NewLine}{Exception}";

    private static string executingTarget = "";

    public static readonly LoggingLevelSwitch LevelSwitch = new();

    internal static Verbosity Verbosity
    {
        get => LevelSwitch.MinimumLevel switch
        {
            LogEventLevel.Verbose => Verbosity.Verbose,
            LogEventLevel.Warning => Verbosity.Minimal,
            LogEventLevel.Error => Verbosity.Quiet,
            _ => Verbosity.Normal,
        };
        set => LevelSwitch.MinimumLevel = value switch
        {
            Verbosity.Verbose => LogEventLevel.Verbose,
            Verbosity.Minimal => LogEventLevel.Warning,
            Verbosity.Quiet => LogEventLevel.Error,
            _ => LogEventLevel.Debug,
        };
    }

    /// <summary>Warnings and errors so far.</summary>
    internal static List<LogEvent> ErrorsAndWarnings { get; } = [];

    public static IDisposable SetTarget(string name)
    {
        executingTarget = name[..Math.Min(name.Length, 20)];
        return new Restore();
    }

    internal static void Configure()
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .Enrich.With<TargetEnricher>()
            .WriteTo.Sink<HostSink>(LogEventLevel.Warning)
            .WriteTo.Console(
                outputTemplate: "{Timestamp:HH:mm:ss} [{Level:u3}] {Message:l}{NewLine}{Exception}",
                theme: NukeBuild.Host.Theme.Console,
                applyThemeToRedirectedOutput: true,
                levelSwitch: LevelSwitch);
        if (NukeBuild.IsLocalBuild)
        {
            AddFiles(configuration);
        }

        Log.Logger = configuration.CreateLogger();
    }

    /// <summary>The list at the end of the build, without times and exceptions. What is logged after it is shown like it.</summary>
    internal static void WriteErrorsAndWarnings(Theme theme)
    {
        Log.Logger = new LoggerConfiguration()
            .WriteTo.Console(
                outputTemplate: "[{Level:u3}] {ExecutingTarget}: {Message:l}{NewLine}", theme: theme.Console, applyThemeToRedirectedOutput: true)
            .CreateLogger();
        ErrorsAndWarnings.ForEach(Log.Write);
    }

    /// <summary><c>build.log</c> of this run, and one file for each of the last six.</summary>
    private static void AddFiles(LoggerConfiguration configuration)
    {
        var folder = NukeBuild.TemporaryDirectory;
        foreach (var old in Directory.GetFiles(folder, "build.*.log").OrderDescending().Skip(5))
        {
            File.Delete(old);
        }

        File.Delete(folder / "build.log");
        configuration
            .WriteTo.File(folder / "build.log", outputTemplate: $"{{Timestamp:HH:mm:ss.fff}} | {FileTemplate}")
            .WriteTo.File(folder / $"build.{DateTime.Now:yyyy-MM-dd_HH-mm-ss}.log", outputTemplate: FileTemplate);
    }

    private sealed class Restore : IDisposable
    {
        public void Dispose() => executingTarget = "";
    }

    private sealed class TargetEnricher : ILogEventEnricher
    {
        public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory) =>
            logEvent.AddOrUpdateProperty(new LogEventProperty("ExecutingTarget", new ScalarValue(executingTarget)));
    }

    private sealed class HostSink : ILogEventSink
    {
        public void Emit(LogEvent logEvent)
        {
            ErrorsAndWarnings.Add(logEvent);
            if (logEvent.Level == LogEventLevel.Warning)
            {
                NukeBuild.Host.ReportWarning(logEvent.RenderMessage(), logEvent.Exception?.ToString());
            }
            else
            {
                NukeBuild.Host.ReportError(logEvent.RenderMessage(), logEvent.Exception?.ToString());
            }
        }
    }
}
