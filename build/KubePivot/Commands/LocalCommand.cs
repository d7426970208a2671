using System.Diagnostics;
using System.Text;

namespace KubePivot.Commands;

/// <summary>Runs a program on the build host. The one place where the library starts a process.</summary>
public static class LocalCommand
{
    /// <summary>Runs a program to its end and returns what it left behind; a non-zero exit is a result, not an exception.</summary>
    /// <param name="arguments">Passed on as they are, without a shell. Must not hold secrets: a process list shows them.</param>
    /// <param name="environment">Added to the environment of this process; a null value removes a variable.</param>
    /// <param name="input">Written to standard input; null: standard input is empty.</param>
    /// <param name="onLine">Called with each line of either output as it comes.</param>
    /// <param name="cancellationToken">Ends the process and all its children.</param>
    /// <exception cref="StageException">The program is not there.</exception>
    public static async Task<CommandResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? input = null,
        Action<string>? onLine = null,
        CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        var shown = string.Join(' ', start.ArgumentList.Prepend(program).Select(Quoted));
        using var process = new Process { StartInfo = start };
        var (output, error) = (new StringBuilder(), new StringBuilder());
        process.OutputDataReceived += (_, line) => Take(line.Data, output, onLine);
        process.ErrorDataReceived += (_, line) => Take(line.Data, error, onLine);
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new StageException($"Could not start '{program}': {exception.Message}. Is it installed and on the PATH?", exception);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            if (input != null)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken).ConfigureAwait(false);
            }

            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            // The program ended without reading its input; its exit code and words say why.
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new CommandResult(null, shown, process.ExitCode, output.ToString(), error.ToString());
    }

    /// <summary>Full path of a program on the PATH, or null.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Where(folder => folder.Length > 0)
            .SelectMany(folder => OperatingSystem.IsWindows() ? [Path.Combine(folder, program + ".exe"), Path.Combine(folder, program + ".cmd")] : new[] { Path.Combine(folder, program) })
            .FirstOrDefault(File.Exists);

    /// <summary>A word as a POSIX shell would need it.</summary>
    public static string Quoted(string word) =>
        word.Length > 0 && word.All(character => char.IsAsciiLetterOrDigit(character) || "-_./:=@%+,".Contains(character, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static void Take(string? line, StringBuilder into, Action<string>? onLine)
    {
        if (line == null)
        {
            return;
        }

        into.Append(line).Append('\n');
        onLine?.Invoke(line);
    }
}
