using System.Xml.Linq;
using KubePivot.Commands;
using KubePivot.Files;
using KubePivot.Images;
using KubePivot.Resuming;

namespace KubePivot.Bootkube;

/// <summary>
/// Makes the node program's file on the build host, whatever its operating system, into the cache shared by all checkouts:
/// <c>$XDG_CACHE_HOME/kubepivot/bootkube/SOURCE HASH/linux-x64/bootkube</c>. The path names the sources, so what is there is right.
/// </summary>
public sealed class BootkubeBuild
{
    /// <summary>The platforms that nodes may have.</summary>
    public static IReadOnlyList<string> Platforms { get; } = ["linux-x64", "linux-arm64"];

    /// <summary>A build started from a build must not take over its settings.</summary>
    internal static IReadOnlyDictionary<string, string?> CleanEnvironment { get; } = new Dictionary<string, string?> { ["MSBUILD_EXE_PATH"] = null, ["MSBuildSDKsPath"] = null, ["MSBuildExtensionsPath"] = null };

    private readonly string root;
    private readonly string folder;

    /// <param name="root">Root of the checkout.</param>
    public BootkubeBuild(string root)
    {
        this.root = root;
        Sources = SourceHash(root);
        folder = Path.Combine(ClusterPaths.Cache, "bootkube", Sources);
    }

    /// <summary>Hash of everything that the program is made of, 16 hexadecimal digits.</summary>
    public string Sources { get; }

    /// <summary>Where the file for a platform lies, or will lie.</summary>
    /// <param name="platform">One of <see cref="Platforms"/>.</param>
    public string PathOf(string platform = "linux-x64") => Path.Combine(folder, platform, "bootkube");

    /// <summary>Makes the file unless it is there; that is the case after the first time, until the sources change.</summary>
    /// <param name="platform">One of <see cref="Platforms"/>.</param>
    /// <param name="tell">Told a line when something has to be made, which takes about 20 s.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="StageException">The .NET SDK failed: with its words.</exception>
    public async Task<string> EnsureAsync(string platform = "linux-x64", Action<string>? tell = null, CancellationToken cancellationToken = default)
    {
        var file = PathOf(platform);
        if (File.Exists(file) && File.Exists(HashFileOf(file)))
        {
            return file;
        }

        using var alone = await FileLock.AcquireAsync(Path.Combine(folder, $"{platform}.lock"), TimeProvider.System, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (!File.Exists(file))
        {
            tell?.Invoke($"Making the node program for {platform}");
            await MakeAsync(platform, cancellationToken).ConfigureAwait(false);
        }

        // Hashed once: hashing 27 MiB for each rendering would be a tenth of it.
        WriteHash(file);
        return file;
    }

    /// <summary>SHA-256 of a node program, or of an image of it, lower-case hexadecimal: as it was written down when it was made, if it was made here.</summary>
    public static string HashOf(string file) =>
        File.Exists(HashFileOf(file)) ? File.ReadAllText(HashFileOf(file)).Split(' ')[0] : Checksums.Hash(file);

    /// <summary>Where it is written down, as sha256sum does.</summary>
    internal static string HashFileOf(string file) => $"{file}.sha256";

    /// <summary>Writes down the hash of a file that will not change.</summary>
    internal static void WriteHash(string file) => AtomicFile.Write(HashFileOf(file), $"{Checksums.Hash(file)}  {Path.GetFileName(file)}\n");

    private async Task MakeAsync(string platform, CancellationToken cancellationToken)
    {
        var work = Path.Combine(folder, $"{platform}.{Environment.ProcessId}.tmp");
        try
        {
            // Its own folder for everything that a build leaves, so that it meets no other build of the checkout.
            var result = await LocalCommand.RunAsync(
                "dotnet",
                [
                    "publish", Path.Combine(root, "bootkube", "bootkube.csproj"), "--configuration", "Release", "--runtime", platform,
                    "--artifacts-path", Path.Combine(work, "artifacts"), "--output", Path.Combine(work, "out"),
                    "-p:NodeProgram=true", "-p:UseSharedCompilation=false", "--nodeReuse:false", "--nologo", "--verbosity", "quiet",
                ],
                workingDirectory: root,
                environment: CleanEnvironment,
                cancellationToken: cancellationToken).ConfigureAwait(false);
            result.ThrowOnFailure($"Making the node program (bootkube) for {platform}");
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(platform))!);
            File.Move(Path.Combine(work, "out", "bootkube"), PathOf(platform), overwrite: true);
        }
        finally
        {
            if (Directory.Exists(work))
            {
                Directory.Delete(work, recursive: true);
            }
        }
    }

    /// <summary>The program's own source files, relative to the checkout, in order.</summary>
    internal static IEnumerable<string> SourceFiles(string root) =>
        Directory.EnumerateFiles(Path.Combine(root, "bootkube"), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file))
            .Where(file => file.Split(Path.DirectorySeparatorChar)[1] is not ("bin" or "obj"))
            .Order(StringComparer.Ordinal);

    /// <summary>Hash of everything that the file is made of, 16 hexadecimal digits.</summary>
    private static string SourceHash(string root)
    {
        using var hash = new InputHash();
        foreach (var file in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json" })
        {
            hash.AddFile(Path.Combine(root, file), file);
        }

        var project = Path.Combine(root, "bootkube");
        foreach (var shared in XElement.Load(Path.Combine(project, "bootkube.csproj")).Descendants("Compile").Select(item => item.Attribute("Include")!.Value))
        {
            hash.AddFile(Path.Combine(project, shared), shared);
        }

        foreach (var file in SourceFiles(root))
        {
            hash.AddFile(Path.Combine(root, file), Path.GetRelativePath("bootkube", file).Replace('\\', '/'));
        }

        return hash.ToString()[..16];
    }
}
