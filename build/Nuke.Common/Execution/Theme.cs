using Serilog.Sinks.SystemConsole.Themes;

namespace Nuke.Common.Execution;

/// <summary>Colours of the console: ANSI codes, or none.</summary>
internal sealed class Theme
{
    private const string Reset = "\e[0m";

    private const string Value = "\e[38;5;45;1m";

    private const string Secondary = "\e[38;5;247m";

    private readonly bool isAnsi;

    private Theme(bool isAnsi) => this.isAnsi = isAnsi;

    /// <summary>The theme of the log lines.</summary>
    public ConsoleTheme Console => isAnsi ? new AnsiConsoleTheme(Styles) : ConsoleTheme.None;

    private static Dictionary<ConsoleThemeStyle, string> Styles => new()
    {
        [ConsoleThemeStyle.Text] = "\e[39m",
        [ConsoleThemeStyle.SecondaryText] = Secondary,
        [ConsoleThemeStyle.TertiaryText] = Secondary,
        [ConsoleThemeStyle.Name] = "\e[39;1m",
        [ConsoleThemeStyle.Invalid] = "\e[48;5;45;1m",
        [ConsoleThemeStyle.Null] = Value,
        [ConsoleThemeStyle.Number] = Value,
        [ConsoleThemeStyle.String] = Value,
        [ConsoleThemeStyle.Boolean] = Value,
        [ConsoleThemeStyle.Scalar] = Value,
        [ConsoleThemeStyle.LevelVerbose] = "\e[90;1m",
        [ConsoleThemeStyle.LevelDebug] = "\e[39;1m",
        [ConsoleThemeStyle.LevelInformation] = Value,
        [ConsoleThemeStyle.LevelWarning] = "\e[38;5;214;1m",
        [ConsoleThemeStyle.LevelError] = "\e[38;5;196;1m",
        [ConsoleThemeStyle.LevelFatal] = "\e[38;5;231;1m\e[48;5;196m",
    };

    public static Theme Ansi() => new(isAnsi: true);

    /// <summary>ANSI when TERM starts with xterm, also when redirected, as NUKE does; on other terminals only when a person looks on.</summary>
    public static Theme ForTerminal()
    {
        var term = Environment.GetEnvironmentVariable("TERM") ?? (OperatingSystem.IsWindows() ? "windows" : "dumb");
        return new(term.StartsWith("xterm", StringComparison.OrdinalIgnoreCase) || (term != "dumb" && !System.Console.IsOutputRedirected));
    }

    public string Information(string text) => Format(text, Value);

    public void WriteSuccess(string text) => Write(text, "\e[32;1m");

    public void WriteDebug(string text = "") => Write(text, "\e[39;1m");

    public void WriteInformation(string text = "") => Write(text, Value);

    public void WriteWarning(string text) => Write(text, "\e[38;5;214;1m");

    public void WriteError(string text) => Write(text, "\e[38;5;196;1m");

    /// <summary>An empty line holds a zero-width space, so that CI services keep it.</summary>
    private void Write(string text, string code) => System.Console.WriteLine(string.IsNullOrWhiteSpace(text) ? "\u200B" : Format(text, code));

    private string Format(string text, string code) => isAnsi ? $"{code}{text}{Reset}" : text;
}
