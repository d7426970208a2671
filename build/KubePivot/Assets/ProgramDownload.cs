namespace KubePivot.Assets;

/// <summary>A file of a release site, and what of it a node needs.</summary>
/// <param name="Name">As in <c>containerd</c>.</param>
/// <param name="Address">Where the file is published.</param>
/// <param name="Checksum">Where its SHA-256 is published.</param>
/// <param name="Files">If the file is an archive (.tar.gz, .tgz): the members that are taken, by their paths in it. Else the one name that it gets.</param>
/// <param name="Folder">Their folder on the node, as in <c>/usr/local/bin</c>.</param>
public sealed record ProgramDownload(string Name, Uri Address, Uri Checksum, IReadOnlyList<string> Files, string Folder)
{
    /// <summary>Whether the file is an archive, by its name.</summary>
    public bool IsArchive => FileName.EndsWith(".tgz", StringComparison.Ordinal) || FileName.EndsWith(".tar.gz", StringComparison.Ordinal);

    /// <summary>The published name of the file, as checksum lists have it.</summary>
    public string FileName => Path.GetFileName(Address.LocalPath);

    /// <summary>The same file on a mirror that holds each release site in a folder of the site's host name.</summary>
    /// <param name="mirror">As in <c>https://files.example/mirror</c>; null: the site itself.</param>
    public ProgramDownload From(string? mirror) => mirror == null ? this : this with { Address = On(mirror, Address), Checksum = On(mirror, Checksum) };

    private static Uri On(string mirror, Uri address) => new($"{mirror.TrimEnd('/')}/{address.Host}{address.AbsolutePath}");
}
