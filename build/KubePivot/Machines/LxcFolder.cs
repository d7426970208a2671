using KubePivot.Configuration;

namespace KubePivot.Machines;

/// <summary>LXC's containers on this host, looked at through files: Vagrant needs two seconds to say as much.</summary>
public sealed class LxcFolder
{
    private const string Configuration = "/etc/lxc/lxc.conf";

    private const string UnixSockets = "/proc/net/unix";

    /// <summary>The flag of a socket that accepts connections, as the kernel prints it.</summary>
    private const string Listens = "00010000";

    public LxcFolder()
        : this(ConfiguredPath())
    {
    }

    /// <param name="path">Where the containers lie.</param>
    public LxcFolder(string path) => Path = path;

    /// <summary>lxc.lxcpath of LXC's configuration, by default <c>/var/lib/lxc</c>.</summary>
    public string Path { get; }

    /// <summary>Names of the containers whose names begin with <paramref name="prefix"/>, also of those not completely made.</summary>
    public IReadOnlyList<string> Containers(string prefix) => Directory.Exists(Path)
        ? [.. Directory.EnumerateDirectories(Path, $"{prefix}*").Select(folder => System.IO.Path.GetFileName(folder)!).Order(StringComparer.Ordinal)]
        : [];

    public string FolderOf(string container) => System.IO.Path.Combine(Path, container);

    /// <summary>There is something of that name that is no complete container: lxc-create was killed.</summary>
    public bool IsBroken(string container) =>
        Directory.Exists(FolderOf(container)) && (File.Exists(InFolder(container, "partial")) || !File.Exists(InFolder(container, "config")));

    public bool Exists(string container) => Directory.Exists(FolderOf(container)) && !IsBroken(container);

    /// <summary>
    /// The containers that run: each has a socket that takes LXC's commands. The number of the socket tells one start of a container
    /// from the next.
    /// </summary>
    public IReadOnlyDictionary<string, string> Running() => RunningIn(File.Exists(UnixSockets) ? File.ReadLines(UnixSockets) : [], Path);

    /// <summary>Pure part of <see cref="Running"/>.</summary>
    /// <param name="sockets">Lines of <c>/proc/net/unix</c>: flags in the fourth column, the number in the seventh, the name last.</param>
    public static IReadOnlyDictionary<string, string> RunningIn(IEnumerable<string> sockets, string path) => sockets
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(columns => columns.Length == 8 && columns[3] == Listens)
        .Select(columns => (Number: columns[6], Name: columns[7]))
        .Where(socket => socket.Name.StartsWith($"@{path}/", StringComparison.Ordinal) && socket.Name.EndsWith("/command", StringComparison.Ordinal))
        .ToDictionary(socket => socket.Name[(path.Length + 2)..^"/command".Length], socket => socket.Number, StringComparer.Ordinal);

    /// <summary>Public host keys of a container, read from its root file system: nobody on a network can have changed them on the way.</summary>
    public IReadOnlyList<string> HostKeyLines(string container)
    {
        var folders = new[] { "upper", "rootfs" }.Select(root => InFolder(container, root, "etc", "ssh")).Where(Directory.Exists);
        return [.. folders.SelectMany(folder => Directory.EnumerateFiles(folder, "ssh_host_*_key.pub")).OrderDescending(StringComparer.Ordinal).Select(file => File.ReadAllText(file).Trim())];
    }

    /// <summary>Whether any container's configuration mentions a text, as in the path of a box.</summary>
    public bool AnyConfigurationMentions(string text) => Containers("")
        .Select(container => InFolder(container, "config"))
        .Any(file => File.Exists(file) && File.ReadAllText(file).Contains(text, StringComparison.Ordinal));

    private string InFolder(string container, params string[] names) => System.IO.Path.Combine([Path, container, .. names]);

    private static string ConfiguredPath() => (File.Exists(Configuration) ? File.ReadLines(Configuration) : [])
        .Select(line => line.Split('=', 2))
        .Where(pair => pair.Length == 2 && pair[0].Trim() == "lxc.lxcpath")
        .Select(pair => pair[1].Trim().TrimEnd('/'))
        .LastOrDefault() ?? "/var/lib/lxc";
}
