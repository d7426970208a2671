namespace Nuke.Common.IO;

/// <summary>A rooted, normalised path. <c>root / "a" / ".." / "b"</c> is <c>root/b</c>.</summary>
public class AbsolutePath : IEquatable<AbsolutePath>
{
    private readonly string path;

    private AbsolutePath(string path)
    {
        this.path = path.Length > 1 ? Path.TrimEndingDirectorySeparator(path) : path;
    }

    public string Name => Path.GetFileName(path);

    public string NameWithoutExtension => Path.GetFileNameWithoutExtension(path);

    /// <summary>With its dot.</summary>
    public string Extension => Path.GetExtension(path);

    /// <summary>Null at the root.</summary>
    public AbsolutePath Parent => Path.GetDirectoryName(path);

    public static AbsolutePath Create(string path)
    {
        Assert.True(Path.IsPathRooted(path), $"Path '{path}' must be rooted");
        return new AbsolutePath(Path.GetFullPath(path));
    }

    public static implicit operator AbsolutePath(string path) => path == null ? null : Create(path);

    public static implicit operator string(AbsolutePath path) => path?.path;

    public static AbsolutePath operator /(AbsolutePath left, string right) => Create(Path.Combine(left.path, right));

    public static AbsolutePath operator +(AbsolutePath left, string right) => Create(left.path + right);

    public static bool operator ==(AbsolutePath a, AbsolutePath b) => Equals(a, b);

    public static bool operator !=(AbsolutePath a, AbsolutePath b) => !Equals(a, b);

    public bool Equals(AbsolutePath other) => other is not null && string.Equals(path, other.path, Comparison);

    public override bool Equals(object obj) => Equals(obj as AbsolutePath);

    public override int GetHashCode() => path.GetHashCode(Comparison);

    public override string ToString() => path;

    internal static AbsolutePath FromWorkingDirectory(string path) => Create(Path.GetFullPath(path));

    private static StringComparison Comparison => OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
}

public static class AbsolutePathExtensions
{
    public static bool FileExists(this AbsolutePath path) => File.Exists(path);

    public static bool DirectoryExists(this AbsolutePath path) => Directory.Exists(path);

    public static AbsolutePath CreateDirectory(this AbsolutePath path)
    {
        Directory.CreateDirectory(path);
        return path;
    }

    public static string ReadAllText(this AbsolutePath path) => File.ReadAllText(path);

    /// <summary>Writes a text that ends in exactly one line break; the folder is made if it is missing.</summary>
    public static AbsolutePath WriteAllText(this AbsolutePath path, string content)
    {
        path.Parent.CreateDirectory();
        File.WriteAllText(path, content.TrimEnd('\r', '\n') + Environment.NewLine);
        return path;
    }
}
