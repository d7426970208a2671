using KubePivot.Commands;

namespace KubePivot.EndToEnd;

/// <summary>Copies of the checkout that the tests were compiled in.</summary>
internal static class CheckoutCopy
{
    /// <summary>Copies what git knows or would take, and what build.sh compiled, which it uses as long as the sources are the same.</summary>
    /// <param name="folder">Made if it is not there.</param>
    public static async Task MakeAsync(string folder)
    {
        var root = Root();
        var sources = (await LocalCommand.RunAsync("git", ["-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])).ThrowOnFailure().StandardOutput;
        var files = sources.Split('\0', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().Concat(Compiled(root));
        foreach (var file in files.Where(file => File.Exists(Path.Combine(root, file))))
        {
            var copy = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(root, file), copy);
        }
    }

    /// <summary>The program that build.sh made last, and what it found out about this machine's feed.</summary>
    private static IEnumerable<string> Compiled(string root)
    {
        var artifacts = Path.Combine(root, "build", "artifacts");
        var current = Path.Combine(artifacts, "current");
        var folder = File.Exists(current) ? Path.GetDirectoryName(Path.Combine(artifacts, File.ReadLines(current).First())) : null;
        var program = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : [];
        return program.Append(current).Select(file => Path.GetRelativePath(root, file))
            .Concat([Path.Combine(".nuke", "temp", "engine"), Path.Combine(".nuke", "temp", "native")]);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "build.sh")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"No checkout above {AppContext.BaseDirectory}.");
        }

        return folder;
    }
}
