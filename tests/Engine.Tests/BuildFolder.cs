using System.Diagnostics;

namespace KubePivot.Engine;

/// <summary>A folder of its own that a build runs in, gone afterwards.</summary>
internal sealed class BuildFolder : IDisposable
{
    /// <summary>Variables that would change what a build does, whoever runs the tests.</summary>
    private static readonly string[] Unwanted = ["GITHUB_ACTIONS", "NO_COLOR", "CI", "NAME", "FORCE", "TARGET", "SKIP", "HOST", "ROOT", "NUKE_ENGINE", "SOURCE", "PROVIDER", "OUTPUT", "TIMEOUT"];

    public BuildFolder() => Directory.CreateDirectory(Path.Combine(Root, ".nuke"));

    public string Root { get; } = Directory.CreateTempSubdirectory("engine-").FullName;

    /// <summary>What the last run printed there alone.</summary>
    public string StandardOutput { get; private set; } = "";

    public string this[string path] => Path.Combine(Root, path);

    /// <summary>Runs a program of this test's output folder; standard error is shown where it came, in front of the exit code.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null)
    {
        // As at a terminal: who runs the tests with nohup, or in the background of a script, has them ignore interrupts, and what they start.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = workingDirectory ?? Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, program));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in Unwanted)
        {
            start.Environment.Remove(name);
        }

        start.Environment["TERM"] = "dumb";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        StandardOutput = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, StandardOutput + await error);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
