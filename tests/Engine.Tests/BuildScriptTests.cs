using System.Diagnostics;

namespace KubePivot.Engine;

/// <summary>When build.sh compiles. The dotnet it finds only writes down what it is told, and makes an empty program.</summary>
public sealed class BuildScriptTests : IDisposable
{
    private const string Dotnet = """
        #!/bin/bash
        echo "$*" >>"$CALLS"
        case $1 in
            restore) [[ "$*" != *NukeEngine=package* ]] || exit 1 ;;
            publish) [[ ! -f "$CALLS.broken" ]] || { echo "error CS0000"; exit 1; }
                while [[ $1 != -o ]]; do shift; done
                mkdir -p "$2"; touch "$2/_build.dll" ;;
        esac
        """;

    private readonly BuildFolder folder = new();

    public BuildScriptTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "build.sh is tried on Linux only");
        Directory.CreateDirectory(folder["build/Execution"]);
        Directory.CreateDirectory(folder["bin"]);
        foreach (var file in (string[])["build/Build.cs", "build/_build.csproj", "Directory.Build.props", "Directory.Packages.props", "global.json"])
        {
            File.WriteAllText(folder[file], "");
        }

        File.Copy(Script(), folder["build.sh"]);
        File.WriteAllText(folder["bin/dotnet"], Dotnet);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder["bin/dotnet"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Nothing_is_compiled_while_no_source_has_changed()
    {
        await RunAsync();
        Assert.Equal(1, Compilations);
        await RunAsync();
        await RunAsync("--help");
        Assert.Equal(1, Compilations);
        Assert.EndsWith("_build.dll --help", Calls[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("edited")]
    [InlineData("added")]
    [InlineData("removed")]
    [InlineData("props")]
    public async Task A_changed_source_is_compiled_once(string change)
    {
        await RunAsync();
        Change(change);
        await RunAsync();
        await RunAsync();
        Assert.Equal(2, Compilations);
    }

    [Fact]
    public async Task What_a_compilation_leaves_in_bin_and_obj_is_no_source()
    {
        await RunAsync();
        Directory.CreateDirectory(folder["build/obj"]);
        File.WriteAllText(folder["build/obj/project.assets.json"], "{}");
        await RunAsync();
        Assert.Equal(1, Compilations);
    }

    [Fact]
    public async Task The_engine_is_decided_once_and_told()
    {
        var (_, output) = await RunAsync();
        Assert.Contains("Build engine: the stand-in in build/Nuke.Common, for the feed does not serve the package", output, StringComparison.Ordinal);
        Change("edited");
        (_, output) = await RunAsync();
        Assert.DoesNotContain("Build engine", output, StringComparison.Ordinal);
        Assert.Equal("standin", File.ReadAllText(folder[".nuke/temp/engine"]));
    }

    [Fact]
    public async Task NUKE_ENGINE_is_obeyed_and_not_kept()
    {
        await RunAsync(environment: new() { ["NUKE_ENGINE"] = "package" });
        Assert.Contains(Calls, call => call.StartsWith("publish", StringComparison.Ordinal) && call.Contains("NukeEngine=package", StringComparison.Ordinal));
        await RunAsync();
        Assert.Contains(Calls, call => call.StartsWith("publish", StringComparison.Ordinal) && call.Contains("NukeEngine=standin", StringComparison.Ordinal));
        Assert.Equal(2, (await RunAsync(environment: new() { ["NUKE_ENGINE"] = "ant" })).ExitCode);
    }

    [Fact]
    public async Task A_build_that_does_not_compile_exits_with_1_and_is_tried_again()
    {
        File.WriteAllText(folder["calls.broken"], "");
        var (exitCode, output) = await RunAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("error CS0000", output, StringComparison.Ordinal);
        File.Delete(folder["calls.broken"]);
        Assert.Equal(0, (await RunAsync()).ExitCode);
        Assert.Equal(2, Compilations);
    }

    [Fact]
    public async Task Calls_at_the_same_time_compile_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync()));
        Assert.Equal(1, Compilations);
    }

    [Fact]
    public async Task Called_from_elsewhere_it_names_the_root()
    {
        await RunAsync(workingDirectory: Path.GetTempPath());
        Assert.EndsWith($"_build.dll --root {folder.Root}", Calls[^1], StringComparison.Ordinal);
    }

    private int Compilations => Calls.Count(call => call.StartsWith("publish", StringComparison.Ordinal));

    private string[] Calls => File.ReadAllLines(folder["calls"]);

    private static string Script()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "build.sh")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return Path.Combine(directory, "build.sh");
    }

    private void Change(string change)
    {
        switch (change)
        {
            case "edited":
                File.WriteAllText(folder["build/Build.cs"], "// edited");
                break;
            case "added":
                File.WriteAllText(folder["build/Execution/New.cs"], "");
                break;
            case "removed":
                File.Delete(folder["build/Build.cs"]);
                break;
            default:
                File.WriteAllText(folder["Directory.Packages.props"], "<!-- edited -->");
                break;
        }
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string argument = "", Dictionary<string, string>? environment = null, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo("bash", [folder["build.sh"], .. argument.Length == 0 ? Array.Empty<string>() : [argument]])
        {
            WorkingDirectory = workingDirectory ?? folder.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{folder["bin"]}:/usr/bin:/bin";
        start.Environment["CALLS"] = folder["calls"];
        start.Environment.Remove("NUKE_ENGINE");
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
