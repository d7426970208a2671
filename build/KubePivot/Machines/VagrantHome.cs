namespace KubePivot.Machines;

/// <summary>Vagrant's own folder: <c>$VAGRANT_HOME</c>, by default <c>~/.vagrant.d</c>. Looked at directly where Vagrant would take seconds to answer.</summary>
public static class VagrantHome
{
    /// <summary>Where Debian's packages put plugins.</summary>
    private const string SystemGems = "/usr/share/rubygems-integration/all/specifications";

    public static string Folder => Environment.GetEnvironmentVariable("VAGRANT_HOME") is { Length: > 0 } home
        ? home
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".vagrant.d");

    /// <summary>Whether a plugin is installed, by Vagrant or by the system's package manager.</summary>
    public static bool HasPlugin(string plugin)
    {
        var installed = Path.Combine(Folder, "plugins.json");
        return (File.Exists(installed) && File.ReadAllText(installed).Contains($"\"{plugin}\"", StringComparison.Ordinal))
            || (Directory.Exists(SystemGems) && Directory.EnumerateFiles(SystemGems, $"{plugin}-*.gemspec").Any());
    }

    /// <summary>Whether Vagrant itself came from the system's package manager.</summary>
    public static bool IsFromSystemPackage => Directory.Exists(SystemGems) && Directory.EnumerateFiles(SystemGems, "vagrant-?.*.gemspec").Any();

    /// <summary>Whether a box of that name has been added for a provider. Vagrant writes a box's folder under another name and renames it.</summary>
    public static bool HasBox(string box, string provider)
    {
        var folder = Path.Combine(Folder, "boxes", box);
        return Directory.Exists(folder)
            && Directory.EnumerateFiles(folder, "metadata.json", SearchOption.AllDirectories)
                .Any(file => file.Contains($"{Path.DirectorySeparatorChar}{provider}{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
    }

    /// <summary>Names of the added boxes that begin with <paramref name="prefix"/>.</summary>
    public static IReadOnlyList<string> Boxes(string prefix)
    {
        var folder = Path.Combine(Folder, "boxes");
        return Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder, $"{prefix}*").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)] : [];
    }
}
