using KubePivot.Commands;
using KubePivot.Stages;

namespace KubePivot.Bootkube;

/// <summary>
/// Collects the NuGet packages that compiling the build and the node program needs, .NET's own among them, for networks without a feed.
/// build.sh takes the folder for the feed when it lies in the bundle that it is told of.
/// </summary>
public sealed class NuGetPackages(StageContext context)
{
    /// <summary>Restores both programs into a folder of its own, and takes the packages from there.</summary>
    /// <param name="folder">Where the .nupkg files are put; made anew.</param>
    /// <exception cref="StageException">The feed cannot be reached, or lacks a package: with the .NET SDK's words.</exception>
    public async Task CollectAsync(string folder)
    {
        using var step = context.Reporter.Step("collect NuGet packages");
        context.Reporter.Info("Collecting the NuGet packages that the build is compiled with");
        var work = Directory.CreateTempSubdirectory("kubepivot-nuget-").FullName;
        try
        {
            var build = new List<string> { $"-p:NukeEngine={Decision("engine") ?? "standin"}" };
            if (Decision("native") != "no")
            {
                build.AddRange([$"-p:BuildRuntime={System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}", "-p:PublishReadyToRun=true"]);
            }

            await RestoreAsync(work, Path.Combine("build", "_build.csproj"), build).ConfigureAwait(false);
            foreach (var platform in BootkubeBuild.Platforms)
            {
                await RestoreAsync(work, Path.Combine("bootkube", "bootkube.csproj"), ["--runtime", platform, "-p:NodeProgram=true"]).ConfigureAwait(false);
            }

            Directory.CreateDirectory(folder);
            foreach (var package in Directory.EnumerateFiles(Path.Combine(work, "packages"), "*.nupkg", SearchOption.AllDirectories))
            {
                File.Copy(package, Path.Combine(folder, Path.GetFileName(package)), overwrite: true);
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>What build.sh found of this machine's feed: which engine, and whether it has what native code needs.</summary>
    private string? Decision(string name)
    {
        var file = Path.Combine(context.Paths.Root, ".nuke", "temp", name);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }

    private async Task RestoreAsync(string work, string project, IEnumerable<string> options) =>
        (await LocalCommand.RunAsync(
            "dotnet",
            ["restore", Path.Combine(context.Paths.Root, project), "--packages", Path.Combine(work, "packages"), "--artifacts-path", Path.Combine(work, "artifacts"), "-p:Configuration=Release", "-nodeReuse:false", "-verbosity:quiet", .. options],
            workingDirectory: context.Paths.Root,
            environment: BootkubeBuild.CleanEnvironment,
            onLine: line => context.Reporter.Detail(line),
            cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure($"The NuGet packages of {project} could not be collected", "Does this machine reach a NuGet feed? Then run this again.");
}
